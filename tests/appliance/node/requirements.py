# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the machine must have. Everything that is missing is named at once, before anything is touched."""

from __future__ import annotations

import ipaddress
import os
import platform
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import cache, cgroups, host, packages
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError, say
from ansible_collections.alga.appliance.tests.appliance.node.progress import PROGRESS
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings

_GIB = 1 << 30
_BUILD_GIB = 15
_UP_GIB = 5
_MEMORY_GIB = 3.5


def check(settings: Settings | None, *, building: bool) -> None:
    """Judge whether the node can be built and run here.

    Args:
        settings: the node that is to run; None when it is only built.
        building: whether programs or images are to be built.

    Raises:
        NodeError: it cannot; names every missing requirement.
    """
    missing = findings(packages.NODE, building=building)
    if settings is not None:
        missing += [*running_findings(settings.root), *_subnet_findings(settings)]
        missing += [f"{path}, which this kernel lacks" for path in _kernel_findings()]
    refuse("the node", missing)


def refuse(what: str, missing: Sequence[str]) -> None:
    """Name everything that is missing for something, if anything is.

    Raises:
        NodeError: something is.
    """
    if missing:
        lines = "\n".join(f"  - {line}" for line in missing)
        raise NodeError(f"This machine cannot run {what}. It needs:\n{lines}")


def announce(steps: Sequence[str]) -> bool:
    """Say what has to be built and what it costs, unless that was said already; answer whether anything has.

    Args:
        steps: of the building.
    """
    if not steps:
        return False
    if PROGRESS.plan(steps):
        minutes = PROGRESS.left() / 60
        say(f"{len(steps)} steps are to be done once, into {cache.folder()}: about {minutes:.0f} minutes on two cores")
        say(f"and up to {_BUILD_GIB} GiB of disk, Go's own caches included")
    return True


def findings(programs: packages.Programs, *, building: bool) -> list[str]:
    """What is missing for having and building anything here.

    Args:
        programs: that are needed.
        building: whether anything is to be built.
    """
    missing = []
    if os.geteuid() != 0:
        missing.append(f"root; this runs as user id {os.geteuid()}")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        missing.append(f"Linux on x86_64; this is {platform.system()} on {platform.machine()}")
    lacking = packages.missing((*programs, *(packages.BUILDING if building else ())))
    if lacking and shutil.which("apt-get") is None:
        missing.append(f"apt-get, or already installed: {', '.join(lacking)}")
    return missing + (_disk_findings(cache.folder(), _BUILD_GIB) if building else [])


def running_findings(folder: Path) -> list[str]:
    """What is missing for running something that keeps its files in a folder."""
    missing = _disk_findings(folder, _UP_GIB)
    if _memory() < _MEMORY_GIB * _GIB:
        missing.append(f"4 GiB of memory; the machine has {_memory() / _GIB:.1f} GiB")
    if not cgroups.hierarchies():
        missing.append(f"cgroups mounted at {cgroups.MOUNT}; none are")
    return missing


def _disk_findings(folder: Path, gib: int) -> list[str]:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    return [] if free >= gib * _GIB else [f"{gib} GiB free on the disk of {folder}; it has {free / _GIB:.1f} GiB"]


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _kernel_findings() -> list[str]:
    needed = {"overlay": Path("/sys/module/overlay"), "br_netfilter": Path("/proc/sys/net/bridge")}
    for module, path in needed.items():
        if not path.exists() and shutil.which("modprobe"):
            subprocess.run(["modprobe", module], capture_output=True, check=False)
    wanting = [] if "overlay" in Path("/proc/filesystems").read_text() else ["the overlay file system (module overlay)"]
    if not needed["br_netfilter"].exists():
        wanting.append("filtering on bridges (module br_netfilter)")
    return wanting


def _subnet_findings(settings: Settings) -> list[str]:
    """The node's subnets and interface must be free, unless the node itself has them."""
    if host.first_process(settings) is not None:
        return []
    missing = []
    if host.interface_exists(settings):
        missing.append(f"the interface name {settings.bridge} free (ALGA_NODE_BRIDGE gives another)")
    for line in Path("/proc/net/route").read_text().splitlines()[1:]:
        interface, destination, _, _, _, _, _, mask = line.split()[:8]
        route = ipaddress.IPv4Network((_address(destination), _address(mask)), strict=False)
        if route.prefixlen == 0 or interface == settings.bridge:
            continue
        for variable, subnet in (("POD", settings.pods), ("SERVICE", settings.services)):
            if subnet.overlaps(route):
                missing.append(f"the subnet {subnet} free; {interface} has {route} (ALGA_NODE_{variable}_SUBNET)")
    return missing


def _address(field: str) -> str:
    """An address as /proc/net/route writes it: hexadecimal, in the machine's byte order."""
    return socket.inet_ntoa(int(field, 16).to_bytes(4, "little"))
