# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes are found with all they started, and one that has ended is no error; every other error is."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for

MARK = "ALGA_TEST_MARK=yes"


@pytest.fixture
def run() -> Iterator[subprocess.Popen[bytes]]:
    """A shell whose child, in a session of its own, has said that it lives."""
    command = ["env", "-i", MARK, "PATH=/usr/bin:/bin", "sh", "-c", "setsid sh -c 'echo; exec sleep 60' & wait"]
    started = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert started.stdout
    started.stdout.readline()
    yield started
    processes.kill_family(started.pid)
    started.communicate()


def test_a_process_is_found_with_what_it_started_in_another_session(run: subprocess.Popen[bytes]) -> None:
    family = processes.family(run.pid)
    assert set(family) == {run.pid, *processes.children(run.pid)}
    assert len(family) == 2
    assert set(family) <= set(processes.marked(MARK.encode()))
    assert b"sleep 60" in processes.command_line(run.pid)
    assert processes.ids(run.pid)[-1] == run.pid
    assert processes.namespace(run.pid) == processes.namespace("self")
    assert not processes.has_ended(run.pid)


def test_what_starts_others_all_the_while_is_killed_with_all_of_them() -> None:
    """As a playbook does: one that was started while the family was listed lived on, and finished what was to be killed."""
    busy = ["env", "-i", MARK, "PATH=/usr/bin:/bin", "sh", "-c", "for i in $(seq 500); do setsid sleep 60 & done; sleep 60"]
    with subprocess.Popen(busy) as started:
        wait_for("a few of them", lambda: None if len(processes.family(started.pid)) > 5 else "fewer", seconds=20, interval=0)
        assert processes.kill_family(started.pid) > 5
    try:
        # A busy machine takes a moment to end what was killed; what was missed would sleep for longer.
        wait_for("all of them to end", lambda: str(processes.marked(MARK.encode())).strip("[]") or None, seconds=30)
    finally:
        processes.kill(processes.marked(MARK.encode()))


def test_one_that_has_ended_is_no_error(run: subprocess.Popen[bytes]) -> None:
    family = processes.family(run.pid)
    assert processes.kill(family) == 2
    run.wait()
    assert processes.has_ended(run.pid)
    assert processes.kill([run.pid]) == 0
    assert processes.family(run.pid) == [run.pid]
    assert (processes.command_line(run.pid), processes.control_group(run.pid), processes.ids(run.pid)) == (b"", "", [])
    assert processes.namespace(run.pid) == "" and not processes.is_marked(run.pid, MARK.encode())


def test_any_other_error_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "1").write_text("no folder")
    monkeypatch.setattr(processes, "PROC", tmp_path)
    with pytest.raises(NotADirectoryError):
        processes.command_line(1)
