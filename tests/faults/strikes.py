# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of faults: how each strikes, and how it is lifted."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from dataclasses import dataclass

from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.faults.machine import Container, Machine
from ansible_collections.alga.appliance.tests.faults.plan import Fault, Interruption
from ansible_collections.alga.appliance.tests.faults.playing import Playing
from ansible_collections.alga.appliance.tests.scenarios.appliance import NAMESPACE, Appliance

_DATABASE_POD = "db-0"
# Ends the first connection of a superuser that is found in the middle of a statement; psql itself, who asks this, is none.
_DROP = """
DO $$
DECLARE found record;
BEGIN
  FOR attempt IN 1..1000 LOOP
    PERFORM pg_stat_clear_snapshot();
    FOR found IN SELECT pid, application_name, datname, split_part(ltrim(query), ' ', 1) AS verb FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND usename = 'postgres' AND application_name <> 'psql' AND state = 'active'
    LOOP
      IF pg_terminate_backend(found.pid) THEN
        RAISE WARNING 'dropped: % of % on %', found.verb, coalesce(nullif(found.application_name, ''), 'knex'), found.datname;
        RETURN;
      END IF;
    END LOOP;
    PERFORM pg_sleep(0.002);
  END LOOP;
END $$
"""


@dataclass(frozen=True)
class Scene:
    """Everything a fault may strike."""

    appliance: Appliance
    machine: Machine
    playing: Playing


class Strike(t.Protocol):
    """One fault.

    :ivar lasts: whether it goes on until it is lifted.
    :ivar retry: seconds until the next attempt where nothing could be struck.
    """

    lasts: bool
    retry: float

    def attempt(self) -> str:
        """Strike; says what was struck, or an empty text where nothing could be struck yet."""

    def lift(self) -> str:
        """End what lasts; says what was struck at the last moment, which is nothing for most."""


class Killed:
    """Processes that are killed at once, or a pod that is deleted: nothing lasts."""

    lasts = False

    def __init__(self, act: t.Callable[[], str], choice: float) -> None:
        self.attempt = act
        # What appears only later is not always struck at its first moment.
        self.retry = 0.1 + 2 * choice

    def lift(self) -> str:
        """Nothing lasts."""
        return ""


class Stopped:
    """A component of the node that is away for a while."""

    lasts = True
    retry = 0.1

    def __init__(self, scene: Scene, name: str) -> None:
        self._machine = scene.machine
        self._name = name

    def attempt(self) -> str:
        """Kill it."""
        self._machine.stop(self._name)
        return self._name

    def lift(self) -> str:
        """Start it."""
        self._machine.start_again()
        return ""


class Filled:
    """The volume without a free block for a while."""

    lasts = True
    retry = 0.1

    def __init__(self, scene: Scene) -> None:
        self._machine = scene.machine

    def attempt(self) -> str:
        """Fill it."""
        self._machine.fill()
        return "the file system of all three volumes"

    def lift(self) -> str:
        """Give the space back."""
        self._machine.empty()
        return ""


class Dropped:
    """The first statement from now on that the collection or its Job runs loses its connection."""

    lasts = False
    retry = 0.1

    def __init__(self, scene: Scene) -> None:
        self._machine = scene.machine
        self._command = [os.environ["KUBECTL"], "--kubeconfig", scene.appliance.kubeconfig, "--namespace", NAMESPACE]
        self._command += ["exec", _DATABASE_POD, "-c", "db", "--", "psql", "-U", "postgres", "-XAtqc", _DROP]
        self._watch: subprocess.Popen[str] | None = None

    def attempt(self) -> str:
        """Watch for a statement, inside PostgreSQL, and say what was dropped once one was."""
        if self._watch is not None:
            return "" if self._watch.poll() is None else self._end()
        if any(item.pod == _DATABASE_POD for item in self._machine.containers()):
            self._watch = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return ""

    def lift(self) -> str:
        """Watch to the end, which comes soon, so that nothing of the next run is dropped."""
        return self._end() if self._watch is not None else ""

    def _end(self) -> str:
        if self._watch is None:
            return ""
        said = self._watch.communicate()[1]
        self._watch = None
        _before, _dropped, what = said.partition("dropped: ")
        return what.split("\n")[0].strip()


def make(interruption: Interruption, scene: Scene) -> Strike:
    """The fault of an interruption."""
    choice = interruption.choice
    kinds: dict[Fault, t.Callable[[], Strike]] = {
        Fault.CONTROLLER: lambda: Killed(lambda: _kill_controller(scene, choice), choice),
        Fault.POD: lambda: Killed(lambda: _delete_pod(scene, choice), choice),
        Fault.CONTAINER: lambda: Killed(lambda: _kill_container(scene, choice), choice),
        Fault.POSTGRESQL: lambda: Killed(lambda: _kill_postgresql(scene, choice), choice),
        Fault.KUBELET: lambda: Stopped(scene, "kubelet"),
        Fault.API_SERVER: lambda: Stopped(scene, "kube-apiserver"),
        Fault.DISK: lambda: Filled(scene),
        Fault.CONNECTION: lambda: Dropped(scene),
    }
    return kinds[interruption.fault]()


def _kill_controller(scene: Scene, choice: float) -> str:
    """Kill the playbook, in one half of all cases without its worker, which then goes on alone for a while."""
    if choice >= 0.5:
        processes.kill_family(scene.playing.pid)
        return "ansible-playbook and its workers"
    has_worker = len(processes.family(scene.playing.pid)) > 1
    processes.kill([scene.playing.pid])
    return "ansible-playbook, its worker left alive" if has_worker else "ansible-playbook"


def _delete_pod(scene: Scene, choice: float) -> str:
    if not scene.machine.containers():
        return ""
    listed = json.loads(scene.appliance.kubectl("get", "pods", "-o", "json"))["items"]
    alive = [item for item in listed if "deletionTimestamp" not in item["metadata"]]
    names = [item["metadata"]["name"] for item in alive if item["status"]["phase"] in ("Pending", "Running")]
    name = _choose(names, choice)
    if name:
        scene.appliance.kubectl("delete", "pod", name, "--wait=false")
    return name


def _kill_container(scene: Scene, choice: float) -> str:
    """Kill the first process of any container but PostgreSQL's, which has a kind of fault of its own."""
    containers = {item.pod: item for item in scene.machine.containers() if item.pod != _DATABASE_POD}
    pod = _choose(list(containers), choice)
    if pod:
        processes.kill([containers[pod].pid])
    return f"{pod}: {_program(containers[pod])}" if pod else ""


def _kill_postgresql(scene: Scene, choice: float) -> str:
    """Kill the postmaster, or in one third of all cases one of its processes, which makes it restart all others."""
    found = [item for item in scene.machine.containers() if item.pod == _DATABASE_POD]
    if not found:
        return ""
    below = [pid for pid in processes.family(found[0].pid) if pid != found[0].pid]
    if choice < 1 / 3 and below:
        processes.kill([below[int(choice * 3 * len(below))]])
        return "a process of PostgreSQL's"
    processes.kill([found[0].pid])
    return f"{_DATABASE_POD}: {_program(found[0])}"


def _program(container: Container) -> str:
    return container.command.split(" -")[0][:60]


def _choose(names: t.Sequence[str], choice: float) -> str:
    """Choose one; a Job's pod lives shortly, so where there is one it is chosen in one half of all cases."""
    jobs = [name for name in names if "bootstrap" in name]
    chosen = jobs if jobs and choice < 0.5 else names
    return sorted(chosen)[int(choice * 1000) % len(chosen)] if chosen else ""
