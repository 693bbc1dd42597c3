# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The published table says what was run, and nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.faults import journal, report
from ansible_collections.alga.appliance.tests.faults.journal import Record
from ansible_collections.alga.appliance.tests.faults.plan import Fault, Play

RECORD = Record(
    seed=1,
    index=0,
    product="abc",
    commit="def",
    versions={"helm": "3.22.0"},
    play=Play.FRESH.value,
    fault=Fault.DISK.value,
    instant="before task 3",
    struck="the file system",
    task="role : task",
    codes=[2, 0],
    seconds=[3.0, 4.0],
    whole=20.0,
)


def test_a_failure_is_told_in_words() -> None:
    page = report.page([RECORD, dataclasses.replace(RECORD, index=1, broken=["role app_user was changed"])])
    assert "**2 interruptions, 1 survived.**" in page
    assert "| disk full on the volume | 1 of 2 | none | none | 1 of 2 |" in page
    assert "role app_user was changed." in page
    assert "make faults FAULTS=2 SEED=1" in page


def test_what_was_run_again_stands_beside_the_failure_and_counts_nowhere() -> None:
    failed = dataclasses.replace(RECORD, index=1, broken=["role app_user was changed"])
    again = dataclasses.replace(failed, product="later", commit="fed", broken=[])
    page = report.page([RECORD, failed, again])
    assert "**2 interruptions, 1 survived.**" in page
    assert "role app_user was changed. Run again at commit fed (struck: the file system): it survived." in page
    with pytest.raises(SystemExit, match="several products"):
        report.page([RECORD, dataclasses.replace(failed, broken=[]), again])


def test_what_struck_nothing_is_not_counted() -> None:
    page = report.page([RECORD, dataclasses.replace(RECORD, index=1, struck="")])
    assert "**1 interruptions, 1 survived.**" in page
    assert "1 more found nothing to strike" in page


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([], "no interruption"),
        ([RECORD, dataclasses.replace(RECORD, index=1, product="other")], "several products"),
        ([RECORD, RECORD], "twice"),
    ],
)
def test_no_table_of_what_makes_none(records: list[Record], said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        report.page(records)


def test_a_journal_is_read_as_it_was_written(tmp_path: Path) -> None:
    files = [tmp_path / "folder" / "one.jsonl", tmp_path / "missing.jsonl"]
    journal.append(files[0], RECORD)
    journal.append(files[0], dataclasses.replace(RECORD, index=1))
    assert [record.index for record in journal.read(files)] == [0, 1]
    assert journal.read(files)[0] == RECORD
