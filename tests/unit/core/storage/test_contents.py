# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a volume holds, judged before PostgreSQL is started on it."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.database.migrations import Expected, listed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import StorageState
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.contents import Contents, judge, major
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import (
    Claim,
    Directory,
    StorageObservation,
    classify,
    trouble,
)

WHOLE: dict[str, t.Any] = {"begun": True, "version": "17", "control": True, "databases": 5}
HALF, OTHER = StorageState.HALF_INITIALISED, StorageState.OTHER_VERSION


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("17", "17"),
        ("17\n", "17"),
        ("9.6", "9.6"),
        ("postgres (PostgreSQL) 9.6.24", "9.6"),
        ("postgres (PostgreSQL) 17.5 (Debian 17.5-1.pgdg120+1)", "17"),
        ("postgres (EnterpriseDB Advanced Server) 16.2.0", "16"),
        ("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)", "15"),
        ("postgres (PostgreSQL) 18beta1", "18"),
        ("", ""),
        ("postgres: not found", ""),
    ],
)
def test_a_major_version_is_read_from_numbers_alone(text: str, number: str) -> None:
    assert major(text) == number


@pytest.mark.parametrize(
    ("facts", "state", "named"),
    [
        ({}, None, ""),
        (WHOLE, None, ""),
        ({**WHOLE, "databases": 3}, None, ""),
        ({**WHOLE, "databases": None}, None, ""),
        ({"begun": True}, HALF, "no PG_VERSION, no global/pg_control"),
        ({**WHOLE, "control": False}, HALF, "no global/pg_control"),
        ({**WHOLE, "control": False, "databases": None, "begun": False}, HALF, "no global/pg_control"),
        ({**WHOLE, "version": ""}, HALF, "no PG_VERSION"),
        ({**WHOLE, "databases": 2}, HALF, "2 of the 3 databases"),
        ({**WHOLE, "databases": 0}, HALF, "0 of the 3 databases"),
        ({**WHOLE, "initializing": ("data/.initializing",)}, HALF, "data/.initializing"),
        ({"initializing": ("17.initializing",)}, HALF, "17.initializing"),
        ({**WHOLE, "image_version": "postgres (PostgreSQL) 17.9"}, None, ""),
        ({**WHOLE, "image": "pg:latest", "image_version": "postgres (PostgreSQL) 18.1"}, OTHER, "pg:latest has PostgreSQL 18"),
        (
            {**WHOLE, "version": "15\n", "image_version": "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"},
            None,
            "",
        ),
        ({**WHOLE, "version": "15", "image": "pg", "image_version": "postgres (PostgreSQL) 17.6"}, OTHER, "pg has PostgreSQL 17"),
        ({**WHOLE, "version": "9.5", "image_version": "9.6.1"}, OTHER, "PostgreSQL 9.5"),
        ({**WHOLE, "version": "", "image_version": "17.1"}, HALF, "no PG_VERSION"),
        ({**WHOLE, "image_version": "unreadable"}, None, ""),
    ],
)
def test_unfinished_and_foreign_data_directories_are_named_f35_f45(
    facts: dict[str, t.Any], state: StorageState | None, named: str
) -> None:
    found = judge(Contents(**facts), "The volume")
    assert (found.state if found else None) is state
    if found:
        assert named in found.message
        assert found.message.startswith("The volume contains")
        assert found.next_action


@pytest.mark.parametrize(
    ("facts", "recorded", "state", "named"),
    [
        ({}, None, None, ""),
        ({}, "71", StorageState.EMPTIED, "contains no data directory"),
        ({}, "", StorageState.EMPTIED, "contains no data directory"),
        ({**WHOLE, "identity": "71"}, "71", None, ""),
        ({**WHOLE, "identity": "72"}, "71", StorageState.OTHER_DATA, "system identifier 72"),
        ({**WHOLE, "identity": "72"}, "", None, ""),
        ({**WHOLE, "identity": "72"}, None, None, ""),
        ({**WHOLE, "identity": ""}, "71", None, ""),
        ({**WHOLE, "control": False}, "71", HALF, "no global/pg_control"),
    ],
)
def test_a_volume_that_is_recorded_for_an_appliance_holds_its_data_r3_f45(
    facts: dict[str, t.Any], recorded: str | None, state: StorageState | None, named: str
) -> None:
    found = judge(Contents(**facts), "The volume", recorded)
    assert (found.state if found else None) is state
    assert found is None or (named in found.message and found.next_action)


def test_an_emptied_volume_is_no_place_for_a_first_run_r3() -> None:
    ready = Claim("claim", "Bound", "pv-1", state=names.READY, identity="71")
    seen = StorageObservation("msp", "claim", claims=(ready,), contents=Contents())
    assert classify(seen) is StorageState.EMPTIED
    begun = dataclasses.replace(seen, claims=(Claim("claim", "Bound", "pv-1", state=names.INITIALIZING, run="r1"),))
    assert classify(begun) is StorageState.FIRST_RUN


def observation(**facts: t.Any) -> StorageObservation:
    return StorageObservation("msp", "claim", claims=(Claim("claim", "Bound", "pv-1"),), **facts)


def test_the_claim_s_own_volume_speaks_first_f35() -> None:
    assert classify(observation()) is StorageState.PRESENT
    assert classify(observation(contents=Contents(**WHOLE))) is StorageState.PRESENT
    found = trouble(observation(contents=Contents(**WHOLE | {"control": False})))
    assert found and "PersistentVolumeClaim msp/claim" in found.message
    other = observation(contents=Contents(**WHOLE | {"image_version": "16.1"}))
    assert classify(other) is OTHER
    assert other.evidence()["contents"]["image_major"] == "16"


@pytest.mark.parametrize(
    ("claim", "facts", "state"),
    [
        ({"state": names.INITIALIZING, "run": "r1"}, {"contents": Contents(**WHOLE, hosts=0)}, StorageState.INITDB_KILLED),
        ({"state": names.INITIALIZING, "run": "r1"}, {"contents": Contents(**WHOLE, hosts=1)}, StorageState.FIRST_RUN),
        ({"state": names.INITIALIZING, "run": "r1"}, {"contents": Contents(**WHOLE)}, StorageState.FIRST_RUN),
        ({"state": names.INITIALIZING, "run": "r1"}, {"contents": Contents()}, StorageState.FIRST_RUN),
        ({"state": names.INITIALIZING, "run": "r1"}, {"hosts": 0}, StorageState.INITDB_KILLED),
        ({"state": names.INITIALIZING, "run": "r1"}, {"hosts": 2}, StorageState.FIRST_RUN),
        ({"state": names.READY, "run": "r1"}, {"contents": Contents(**WHOLE, hosts=0)}, StorageState.PRESENT),
        ({}, {"contents": Contents(**WHOLE, hosts=0)}, StorageState.PRESENT),
    ],
)
def test_a_server_that_lets_no_other_host_in_was_killed_before_it_was_set_up_f35(
    claim: dict[str, t.Any], facts: dict[str, t.Any], state: StorageState
) -> None:
    """Only in a first run: an operator's own PostgreSQL may have its rules elsewhere."""
    seen = StorageObservation("msp", "claim", claims=(Claim("claim", "Bound", "pv-1", **claim),), **facts)
    assert classify(seen) is state


def test_only_directories_of_the_database_s_claim_count_f35() -> None:
    def seen(claim: str) -> StorageObservation:
        return observation(directories=(Directory(path="/data/pv-1", claim=claim, begun=True, version="17"),))

    assert classify(seen("files")) is StorageState.PRESENT
    found = trouble(seen("claim"))
    assert found and found.state is HALF and "Directory /data/pv-1 on the node" in found.message


def test_what_an_image_does_not_know_is_a_downgrade_f16() -> None:
    image = Expected("sha256:1", ("1_a.cjs", "2_b.cjs", "3_c.cjs"))
    assert image.unknown(["1_a.cjs", "2_b.cjs"]) == []
    assert image.unknown(["1_a.cjs", "9_z.cjs"]) == ["9_z.cjs"]


@pytest.mark.parametrize(("count", "end"), [(1, "0"), (10, "8, 9"), (12, "9 and 2 more")])
def test_the_first_names_stand_for_many(count: int, end: str) -> None:
    assert listed([str(number) for number in range(count)]).endswith(end)
