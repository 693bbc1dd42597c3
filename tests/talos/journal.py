# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked of a machine, as the machine itself logged it.

apid, the machine's only door, writes a line for every request, with its method and how it ended (Talos: grpc/middleware/log). A dry run
has the same method as the request that it tries, so applications of a configuration are taken from machined's log instead, which has a
line for each that is carried out (v1alpha1_server.go: "apply config request"). Both logs begin when the machine is switched on.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
from pathlib import Path

from real_machine import RealMachine

# The time, the outcome, the method, and what came with the request; a request that apid passes on to itself has "proxyfrom" there.
_REQUEST = re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6}) log\.go:\d+: (\w+) \[(/[\w.]+/\w+)\] .*\((.*)\)$")
_APPLIED = re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6}) .*apply config request: mode (\S+)$")
_APPLY = "/machine.MachineService/ApplyConfiguration"
# What changes nothing; everything else counts as writing, whatever it is.
_READING = {
    "/cluster.ClusterService": {"HealthCheck"},
    "/cosi.resource.State": {"Get", "List", "Watch"},
    "/machine.ImageService": {"List"},
    "/machine.MachineService": {
        *("Containers", "CPUFreqStats", "CPUInfo", "Dmesg", "DiskStats", "EtcdAlarmList", "EtcdMemberList", "EtcdStatus", "Events"),
        *("Hostname", "ImageList", "Kubeconfig", "List", "LoadAvg", "Logs", "LogsContainers", "Memory", "Mounts", "Netstat"),
        *("NetworkDeviceStats", "Processes", "Read", "ServiceList", "Stats", "SystemStat", "Version"),
    },
    "/storage.StorageService": {"Disks"},
    "/time.TimeService": {"Time", "TimeCheck"},
}


@dataclasses.dataclass(frozen=True, order=True)
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
        service, _, name = self.method.rpartition("/")
        return name not in _READING.get(service, set())


def requests(machine: RealMachine, talosconfig: Path) -> list[Request]:
    """Every request since the machine was switched on that apid has ended, dry runs left out, the oldest first.

    Args:
        machine: whose logs are read; it is configured.
        talosconfig: opens it.
    """
    asked = [_asked(line) for line in _log(machine, talosconfig, "apid")]
    applied = [_applied(line) for line in _log(machine, talosconfig, "machined")]
    return sorted(request for request in (*asked, *applied) if request is not None)


def _log(machine: RealMachine, talosconfig: Path, service: str) -> list[str]:
    answer = machine.ask("logs", service, talosconfig=talosconfig)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.splitlines()


def _asked(line: str) -> Request | None:
    found = _REQUEST.search(line)
    if found is None or "proxyfrom=" in found.group(4) or found.group(3) == _APPLY:
        return None
    return Request(_time(found.group(1)), found.group(3), found.group(2))


def _applied(line: str) -> Request | None:
    found = _APPLIED.search(line)
    return Request(_time(found.group(1)), _APPLY, found.group(2)) if found else None


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=datetime.UTC)
