# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed anywhere between a bare machine and a Ready node is ended by the same command.

KILLS is how many kills there are, four in each machine's life: `make talos KILLS=32` is the table in the docs, which is written
into the file that KILLS_TABLE names.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import versions
from ansible_collections.alga.appliance.tests.talos.killing import STEPS, Kill, instants, live
from ansible_collections.alga.appliance.tests.talos.real_machine import RealMachine
from ansible_collections.alga.appliance.tests.talos.talos_controller import RealController

KILLS = int(os.environ.get("KILLS") or len(STEPS))
LIVES = math.ceil(KILLS / len(STEPS))
_HEAD = ("| killed in | after | under way | then | in |", "|---|---|---|---|---|")


def row(kill: Kill) -> str:
    """A kill as a row of the table."""
    under_way = kill.under_way or "the run had ended"
    when = f"{kill.instant.step} + {kill.instant.seconds:.1f} s | {kill.seconds:.1f} s"
    return f"| {when} | {under_way} | {kill.then} | {kill.then_seconds:.0f} s |"


def test_a_run_that_is_killed_anywhere_is_ended_by_the_same_command(only_machine: RealMachine, tmp_path: Path) -> None:
    kills: list[Kill] = []
    for life in range(LIVES):
        only_machine.make_bare()
        controller = RealController(tmp_path / str(life), only_machine, kubernetes=versions.KUBERNETES)
        kills += live(controller, instants(life, LIVES))
        if table := os.environ.get("KILLS_TABLE"):
            Path(table).write_text("\n".join([*_HEAD, *map(row, kills)]) + "\n")
        assert controller.state() == "bootstrapped"
        asked = [request for request in controller.requests() if request.writes]
        bootstraps = [request for request in asked if request.name == "Bootstrap" and request.outcome == "OK"]
        assert {request.name for request in asked} == {"ApplyConfiguration", "Bootstrap"}
        # One that is killed before etcd has written its first file is asked for again, and begins nothing anew.
        assert 1 <= len(bootstraps) <= 2 and members(controller) == 1, asked
        before = controller.kept()
        again = (
            controller.done("alga_talos_config"),
            controller.done("alga_talos_bootstrap"),
            controller.done("alga_talos_kubeconfig"),
        )
        assert [result["changed"] for result in again] == [False, False, False] and controller.kept() == before
    struck = [kill for kill in kills if kill.under_way]
    assert len(struck) >= len(kills) * 3 // 4, kills


def members(controller: RealController) -> int:
    """How many members etcd has."""
    answer = controller.machine.ask("etcd", "members", talosconfig=controller.folder / "talosconfig")
    assert answer.returncode == 0, answer.stderr
    return len(answer.stdout.splitlines()) - 1
