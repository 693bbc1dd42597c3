# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A volume is looked into before PostgreSQL is started on it, and what is wrong with it is said by name."""

from __future__ import annotations

import shutil
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.scenarios.appliance import CLAIM, ROWS, Appliance

# fresh refuses over data whatever it is; recover has to name what is wrong with it.
PLAYBOOKS = [("recover", ("--check",)), ("recover", ()), ("fresh", ())]


@pytest.fixture(scope="module")
def stopped(fresh: Appliance) -> Iterator[Path]:
    """The data directory of a PostgreSQL that was stopped, and comes back by recover."""
    fresh.kubectl("scale", "statefulset", "db", "--replicas=0")
    fresh.kubectl("wait", "--for=delete", "pod/db-0", "--timeout=150s")
    (directory,) = [path for path in fresh.directories() if path.name.endswith(CLAIM)]
    yield directory / "data"
    outcome = fresh.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert fresh.rows() == ROWS


@pytest.fixture
def data(stopped: Path) -> Iterator[Path]:
    """The same, for a test to spoil; everything is put back afterwards."""
    saved = stopped.with_name("saved")
    subprocess.run(["cp", "--archive", stopped, saved], check=True)
    yield stopped
    shutil.rmtree(stopped)
    saved.rename(stopped)


def control_lost(data: Path) -> None:
    (data / "global/pg_control").unlink()


def version_lost(data: Path) -> None:
    (data / "PG_VERSION").write_text("")


def two_databases(data: Path) -> None:
    for name in ("base/4", "base/5"):
        shutil.rmtree(data / name)
    for each in sorted((data / "base").iterdir())[1:]:
        shutil.rmtree(each)


def leftover(data: Path) -> None:
    (data / ".initializing").touch()


def other_major(data: Path) -> None:
    (data / "PG_VERSION").write_text("16\n")


@pytest.mark.parametrize(
    ("spoil", "state", "named"),
    [
        (control_lost, "half_initialised", "global/pg_control"),
        (version_lost, "half_initialised", "PG_VERSION"),
        (two_databases, "half_initialised", "1 of the 3 databases"),
        (leftover, "half_initialised", "data/.initializing"),
        (other_major, "other_version", "has PostgreSQL 17"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_postgresql_is_not_started_on_a_volume_it_does_not_fit_f35_f45(
    fresh: Appliance, data: Path, spoil: t.Callable[[Path], None], state: str, named: str
) -> None:
    spoil(data)
    answer = fresh.module("alga_appliance_info")
    assert answer["evidence"]["storage"] == state, answer
    objects = fresh.objects()
    for name, options in PLAYBOOKS:
        outcome = fresh.playbook(name, *options)
        assert outcome.failed == 1, (name, options)
        if name == "recover":
            assert CLAIM in outcome.message and named in outcome.message, outcome.message
    assert fresh.objects() == objects
    assert fresh.kubectl("get", "pods", "-o", "name", "-l", "app=db") == ""
    assert "alga-appliance-look" not in fresh.kubectl("get", "pods", "-o", "name")
