# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""SIGKILL of the controller and of the bootstrap pod, during migrations and during seeds: the next run completes."""

from __future__ import annotations

import os
import signal
import subprocess
import typing as t

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import ROWS, Appliance

BUILDING = "server_building"
SLOW = {"STAND_IN_MIGRATION_DELAY_MS": "100", "STAND_IN_SEED_DELAY_MS": "700"}
REACHED = {
    "migrations": "SELECT count(*) > 4 FROM knex_migrations",
    "seeds": "SELECT count(*) > 0 FROM users",
}


def reach(appliance: Appliance, stage: str, run: subprocess.Popen[bytes]) -> None:
    """Wait until the run that builds aside is in the middle of a stage."""

    def seen() -> str | None:
        if run.poll() is not None:
            return pytest.fail(f"the playbook ended with {run.returncode} before it was killed")
        return appliance.says_no(REACHED[stage], BUILDING)

    wait_for(f"the {stage}", seen, seconds=90)


def kill_controller(run: subprocess.Popen[t.Any]) -> None:
    """Kill the playbook and its worker, which is in a session of its own and would go on alone."""
    assert processes.kill_family(run.pid) > 1


def kill_bootstrap_pod() -> None:
    """Kill the bootstrap Job's process from the node, as the kernel does when memory runs out."""
    mine = f"/{os.environ['ALGA_NODE_CGROUP']}/"
    found = [pid for pid in processes.every() if mine in processes.control_group(pid)]
    bootstrap = [pid for pid in found if processes.command_line(pid).startswith(b"node\0/alga-appliance/run.cjs")]
    assert processes.kill(bootstrap) == 1


@pytest.mark.parametrize("victim", ["controller", "pod"])
@pytest.mark.parametrize("stage", list(REACHED))
def test_a_killed_first_run_is_completed_by_the_next_f17_f19_f21_u10(place_of_helm_4: Appliance, stage: str, victim: str) -> None:
    run = place_of_helm_4.start("fresh", alga_bootstrap_env=SLOW)
    reach(place_of_helm_4, stage, run)
    if victim == "controller":
        kill_controller(run)
        assert run.wait() == -signal.SIGKILL
    else:
        kill_bootstrap_pod()
        assert run.wait(timeout=120) == 2
    assert "server" not in place_of_helm_4.databases()

    refused = place_of_helm_4.playbook("recover")
    assert refused.failed == 1
    assert "fresh.yml" in refused.message

    outcome = place_of_helm_4.playbook("fresh")
    assert outcome.code == 0, outcome.output
    assert place_of_helm_4.rows() == ROWS
    assert place_of_helm_4.sql("SELECT mode, outcome FROM alga_appliance.runs") == "fresh|complete"
    assert BUILDING not in place_of_helm_4.databases()
