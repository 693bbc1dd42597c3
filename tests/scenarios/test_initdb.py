# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An initdb that was really killed: it is named, its directory is moved aside and never deleted, and the run starts again."""

from __future__ import annotations

import json
import os
import subprocess
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi
from ansible_collections.alga.appliance.plugins.module_utils._adapters.storage.set_aside import set_aside
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed, Refused
from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.scenarios.appliance import CLAIM, ROWS, Appliance

IMAGE = "docker.io/library/busybox:1.36"
STATE, RUN = "alga.appliance/state", "alga.appliance/run"


def before_control(data: Path) -> bool:
    return (data / "PG_VERSION").exists() and not (data / "global/pg_control").exists()


def before_the_last_database(data: Path) -> bool:
    return (data / "base/4").exists() and not (data / "base/5").exists()


def before_the_rule_for_hosts(data: Path) -> bool:
    """initdb writes its rules long before it ends; the last database is made, and what remains is to make it durable."""
    if not (data / "base/5/PG_VERSION").exists():
        return False
    rules = (data / "pg_hba.conf").read_text()
    assert "host all all all" not in rules, "the moment was missed"
    return True


def kill_initdb() -> None:
    """Kill initdb and the PostgreSQL that works for it, on this node and no other."""
    mine = f"/{os.environ['ALGA_NODE_CGROUP']}/"
    programs = {pid: processes.command_line(pid).split(b"\0")[0].rpartition(b"/")[2] for pid in processes.every()}
    found = [pid for pid, program in programs.items() if program in (b"initdb", b"postgres")]
    assert processes.kill(pid for pid in found if mine in processes.control_group(pid))


def kill_when(appliance: Appliance, run: subprocess.Popen[bytes], reached: t.Callable[[Path], bool]) -> Path:
    """Wait for a moment of initdb and kill it there; returns the data directory."""
    end = time.monotonic() + 180
    while time.monotonic() < end and run.poll() is None:
        found = [path for path in appliance.directories() if path.name.endswith(CLAIM)]
        if found and reached(found[0] / "data"):
            kill_initdb()
            return found[0] / "data"
    raise AssertionError(f"the moment never came; the playbook ended with {run.poll()}")


def without_workload(appliance: Appliance) -> dict[str, str]:
    """Every object but the database's StatefulSet, whose status follows its pod from crash to crash."""
    return {name: text for name, text in appliance.objects().items() if name != "StatefulSet/db"}


@pytest.mark.parametrize(
    "reached", [before_control, before_the_last_database, before_the_rule_for_hosts], ids=lambda each: each.__name__
)
def test_a_killed_initdb_is_named_and_moved_aside_f35(place: Appliance, reached: t.Callable[[Path], bool]) -> None:
    run = place.start("fresh", alga_progress_timeout=40)
    data = kill_when(place, run, reached)
    assert run.wait(timeout=240) == 2

    answer = place.module("alga_appliance_info")
    assert answer["evidence"]["storage"] == "initdb_killed", answer
    refused = place.playbook("recover")
    assert refused.failed == 1
    assert CLAIM in refused.message and "Run fresh.yml again" in refused.message, refused.message
    objects = without_workload(place)
    plan = place.playbook("fresh", "--check", "--diff")
    assert "The half-initialised data on " in plan.output, plan.output
    assert without_workload(place) == objects

    api = KubernetesApi(place.kubeconfig)
    for stranger in ("", "another-run"):
        with pytest.raises(Refused):
            set_aside(api, "msp", CLAIM, IMAGE, stranger)
    assert place.kubectl("get", "statefulset", "db", "-o", "jsonpath={.spec.replicas}") == "1", "nothing was touched"

    claim = json.loads(place.kubectl("get", "persistentvolumeclaim", CLAIM, "-o", "json"))
    first_run = claim["metadata"]["annotations"][RUN]
    files = {path.relative_to(data) for path in (data / "base").rglob("*")}
    outcome = place.playbook("fresh")
    assert outcome.code == 0, outcome.output
    assert place.rows() == ROWS
    moved = data.with_name(f"data.half-initialised-{first_run}-1")
    assert moved.is_dir() and files
    assert files - {path.relative_to(moved) for path in moved.rglob("*")} == set(), "nothing is ever deleted"

    with pytest.raises(Refused):
        set_aside(api, "msp", CLAIM, IMAGE, first_run)  # The run has ended: the claim is ready.
    place.kubectl("annotate", "persistentvolumeclaim", CLAIM, f"{STATE}=initializing", "--overwrite")
    with pytest.raises(ObservationFailed, match="initdb may have finished"):
        set_aside(api, "msp", CLAIM, IMAGE, first_run)
    assert (data / "global/pg_control").exists()
