# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked of a machine, as the machine itself logged it.

machined, which serves every request that the machine's door lets in, writes a line for each, with its method and how it ended
(Talos: grpc/middleware/log). A dry run has the same method as the request that it tries, so applications of a configuration are
taken from another line, which only one that is carried out has (v1alpha1_server.go: "apply config request"). The log begins when
the machine is switched on, and has what was asked in maintenance mode too.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import datetime
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.talos.real_machine import RealMachine, client

_READ_SECONDS = 60.0
_LOOK_SECONDS = 1.0

_TIME = r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6})"
# The time, the outcome and the method.
_REQUEST = re.compile(_TIME + r" machined \S+ \S+ (\w+) \[(/[\w.]+/\w+)\] ")
_APPLIED = re.compile(_TIME + r" .*apply config request: mode (\S+)$")
_APPLY = "/machine.MachineService/ApplyConfiguration"
# What changes nothing; everything else counts as writing, whatever it is.
_READING = {
    "/cluster.ClusterService": {"HealthCheck"},
    "/cosi.resource.State": {"Get", "List", "Watch"},
    "/inspect.InspectService": {"ControllerRuntimeDependencies"},
    "/machine.ImageService": {"List"},
    "/machine.MachineService": {
        *(
            "Containers",
            "CPUFreqStats",
            "CPUInfo",
            "Dmesg",
            "DiskStats",
            "EtcdAlarmList",
            "EtcdMemberList",
            "EtcdStatus",
            "Events",
        ),
        *("Hostname", "ImageList", "Kubeconfig", "List", "LoadAvg", "Logs", "LogsContainers", "Memory", "Mounts", "Netstat"),
        *("NetworkDeviceStats", "Processes", "Read", "ServiceList", "Stats", "SystemStat", "Version"),
    },
    "/storage.StorageService": {"Disks"},
    "/time.TimeService": {"Time", "TimeCheck"},
}


@dataclasses.dataclass(frozen=True)
class Request:
    """One request; of an application of a configuration, one that was carried out."""

    when: datetime.datetime
    method: str
    # gRPC's code, such as OK; of a configuration that was applied its mode.
    outcome: str

    @property
    def name(self) -> str:
        """The method without its service, such as Bootstrap."""
        return self.method.rsplit("/", 1)[1]

    @property
    def writes(self) -> bool:
        """Whether it may have changed the machine."""
        service, _slash, name = self.method.rpartition("/")
        return name not in _READING.get(service, set())


def requests(machine: RealMachine, talosconfig: Path) -> list[Request]:
    """Every request since the machine was switched on that has ended, dry runs left out, the oldest first.

    The machine keeps the last of its log only, and a step that waits asks it often: from the first look on, somebody follows.

    Args:
        machine: whose log is read; it is configured.
        talosconfig: opens it.
    """
    follower = _FOLLOWING.get(machine.place.name)
    if follower is None or not follower.follows(machine):
        if follower is not None:
            follower.end()
        follower = _FOLLOWING[machine.place.name] = _Follower(machine, talosconfig)
    return follower.requests()


@contextlib.contextmanager
def followed(machine: RealMachine, talosconfig: Path) -> Iterator[None]:
    """Follow from the moment on at which the machine lets in whoever has this talosconfig, which may not exist yet.

    A step that takes long asks so often that the machine has forgotten the first requests by its end.
    """
    over = threading.Event()

    def begin() -> None:
        while not over.wait(_LOOK_SECONDS):
            with contextlib.suppress(subprocess.TimeoutExpired):
                if talosconfig.is_file() and machine.ask("version", talosconfig=talosconfig).returncode == 0:
                    requests(machine, talosconfig)
                    return

    thread = threading.Thread(target=begin)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class _Follower:
    """Somebody who writes down what a machine logs, from one start of it on."""

    def __init__(self, machine: RealMachine, talosconfig: Path) -> None:
        self._machine, self._talosconfig = machine, talosconfig
        self._start = machine.started()
        self._file = machine.place.folder / "machined.log"
        opened = ["--talosconfig", str(talosconfig), "--endpoints", machine.address, "--nodes", machine.address]
        argv = [str(client(machine.version)), "logs", "machined", "--follow", *opened]
        with self._file.open("wb") as log:
            self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.DEVNULL)

    def follows(self, machine: RealMachine) -> bool:
        """Whether it still writes, of the machine as it was switched on last."""
        return self._process.poll() is None and machine.started() == self._start

    def end(self) -> None:
        """Write no more."""
        self._process.kill()
        self._process.wait()

    def requests(self) -> list[Request]:
        """Everything up to now, which a request of its own marks."""
        now = datetime.datetime.now(datetime.UTC)
        answer = self._machine.ask("version", talosconfig=self._talosconfig)
        assert answer.returncode == 0, answer.stderr
        found: list[Request] = []

        def marked() -> str | None:
            found[:] = [request for request in map(_request, self._file.read_text(errors="replace").splitlines()) if request]
            return None if any(each.name == "Version" and each.when >= now for each in found) else f"{len(found)} requests"

        wait_for(f"the log of {self._machine.place.name} to be read", marked, seconds=_READ_SECONDS)
        return found


_FOLLOWING: dict[str, _Follower] = {}


@atexit.register
def _end_all() -> None:
    for follower in _FOLLOWING.values():
        follower.end()


def _request(line: str) -> Request | None:
    if applied := _APPLIED.search(line):
        return Request(_time(applied.group(1)), _APPLY, applied.group(2))
    found = _REQUEST.search(line)
    if found is None or found.group(3) == _APPLY:
        return None
    return Request(_time(found.group(1)), found.group(3), found.group(2))


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=datetime.UTC)
