# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a killed initdb left is moved aside, by the run that began there and by nobody else; nothing is deleted (F35)."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.storage import set_aside
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed, Refused
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, ScriptedApi, patches, then

SET = {"metadata": {"name": "db"}, "spec": {"template": complete.pod("db", mounted=complete.CLAIM)}}
SCALED = patches(f"{complete.STATEFUL_SETS}/db")


def moved(api: ScriptedApi, run: str = complete.RUN_ID) -> str:
    return set_aside.set_aside(api, "msp", complete.CLAIM, "busybox:1", run)


def test_the_database_is_stopped_first_and_the_pod_alone_may_write(ports: Ports) -> None:
    asked, writes = complete.look("data.half-initialised-r1-1")
    there = {complete.DATABASE_CLAIM: complete.begun_claim(), complete.STATEFUL_SETS: [SET]}
    api = ports.api({**there, **asked, complete.PODS: then([complete.DATABASE_POD], [])}, writes=[SCALED, *writes])
    assert moved(api) == "data.half-initialised-r1-1"
    assert api.bodies[0] == {"spec": {"replicas": 0}}
    assert api.bodies[1]["spec"]["containers"][0]["volumeMounts"][0]["readOnly"] is False


@pytest.mark.parametrize(
    ("claim", "run"),
    [
        (complete.ready_claim(), complete.RUN_ID),
        (complete.begun_claim(), "another run"),
        (complete.begun_claim(), ""),
        (complete.claim(), ""),
        (None, complete.RUN_ID),
    ],
)
def test_a_claim_that_is_not_this_runs_is_not_touched(ports: Ports, claim: Answer, run: str) -> None:
    with pytest.raises(Refused, match=r"by hand"):
        moved(ports.api({complete.DATABASE_CLAIM: claim}), run)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.DATABASE_CLAIM, complete.STATEFUL_SETS, complete.PODS])
def test_what_could_not_be_read_moves_nothing_f27(ports: Ports, unread: str, answer: Answer) -> None:
    there = {complete.DATABASE_CLAIM: complete.begun_claim(), complete.STATEFUL_SETS: [], complete.PODS: []}
    with pytest.raises(ObservationFailed):
        moved(ports.api({unread: answer}, there=there))


def test_a_pod_that_stays_keeps_the_data_where_it_is(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_aside, "STOP_SECONDS", 0.0)
    asked = {complete.DATABASE_CLAIM: complete.begun_claim(), complete.STATEFUL_SETS: [SET]}
    with pytest.raises(ActionFailed, match=r"pods db-0 use it.*Delete those pods"):
        moved(ports.api({**asked, complete.PODS: [complete.DATABASE_POD]}, writes=[SCALED]))


def script(volume: Path) -> subprocess.CompletedProcess[str]:
    """Run what the pod runs, where a folder stands for the volume."""
    text = set_aside._MOVE.replace("/volume", str(volume))
    environment = {"RUN": "r1", "PATH": "/usr/bin:/bin"}
    return subprocess.run(["sh", "-euc", text], capture_output=True, text=True, check=False, env=environment)


def data(volume: Path, databases: int, *, control: bool = True, hosts: bool = False) -> Path:
    folder = volume / "data"
    for number in range(databases):
        (folder / "base" / str(number + 1)).mkdir(parents=True)
    (folder / "global").mkdir(parents=True)
    (folder / "pg_hba.conf").write_text("host all all all scram-sha-256\n" if hosts else "host all all 127.0.0.1/32 trust\n")
    if control:
        (folder / "global/pg_control").touch()
    return folder


@pytest.mark.parametrize(
    ("databases", "control", "hosts", "moves"),
    [(1, True, True, True), (3, True, False, True), (3, False, True, True), (3, True, True, False), (4, True, True, False)],
)
def test_the_script_looks_again_and_renames(tmp_path: Path, databases: int, control: bool, hosts: bool, moves: bool) -> None:
    folder = data(tmp_path, databases, control=control, hosts=hosts)
    (folder / "kept").write_text("kept")
    done = script(tmp_path)
    assert (done.returncode == 0, folder.exists()) == (moves, not moves)
    if moves:
        assert done.stdout.splitlines() == ["data.half-initialised-r1-1", "end"]
        assert (tmp_path / "data.half-initialised-r1-1/kept").read_text() == "kept"
        data(tmp_path, 1)
        assert script(tmp_path).stdout.splitlines()[0] == "data.half-initialised-r1-2", "an earlier one is not overwritten"


def test_the_script_leaves_what_has_tablespaces_or_cannot_be_read(tmp_path: Path) -> None:
    assert script(tmp_path).returncode, "there is no data to move"
    spaces = data(tmp_path, 1) / "pg_tblspc"
    spaces.mkdir()
    (spaces / "16400").symlink_to("/nowhere")
    done: t.Any = script(tmp_path)
    assert done.returncode and "tablespaces" in done.stdout and (tmp_path / "data").exists()
