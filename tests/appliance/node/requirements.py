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
from pathlib import Path

from node import cache, cgroups, host, images, programs
from node.commands import run_long
from node.messages import NodeError, say
from node.settings import Settings

_GIB = 1 << 30
_BUILD_GIB = 15
_UP_GIB = 5
_MEMORY_GIB = 3.5
# Program, the Debian package that brings it, and whether only building needs it.
_PROGRAMS = (
    ("containerd", "containerd", False),
    ("runc", "runc", False),
    ("/usr/lib/cni/bridge", "containernetworking-plugins", False),
    ("nft", "nftables", False),
    ("conntrack", "conntrack", False),
    ("ethtool", "ethtool", False),
    ("socat", "socat", False),
    ("iptables", "iptables", False),
    ("ip", "iproute2", False),
    ("mount", "mount", False),
    ("unshare", "util-linux", False),
    ("skopeo", "skopeo", False),
    ("docker-registry", "docker-registry", False),
    ("mmdebstrap", "mmdebstrap", True),
    ("npm", "npm", True),
)


def check(settings: Settings | None, *, building: bool) -> None:
    """Judge whether the node can be built and run here.

    Args:
        settings: the node that is to run; None when it is only built.
        building: whether programs or images are to be built.

    Raises:
        NodeError: it cannot; names every missing requirement.
    """
    missing = _machine_findings()
    if building:
        missing += _disk_findings(cache.folder(), _BUILD_GIB)
    if settings is not None:
        missing += [*_disk_findings(settings.root, _UP_GIB), *_subnet_findings(settings)]
        if _memory() < _MEMORY_GIB * _GIB:
            missing.append(f"4 GiB of memory; the machine has {_memory() / _GIB:.1f} GiB")
        if not cgroups.hierarchies():
            missing.append(f"cgroups mounted at {cgroups.MOUNT}; none are")
        missing += [f"{path}, which this kernel lacks" for path in _kernel_findings()]
    if missing:
        lines = "\n".join(f"  - {line}" for line in missing)
        raise NodeError(f"This machine cannot run the node. It needs:\n{lines}")


def install_packages(*, building: bool) -> None:
    """Install the Debian packages whose programs are missing; say nothing when none are."""
    wanted = [package for package, needed in missing_packages() if building or not needed]
    if not wanted:
        return
    say(f"installing Debian packages: {' '.join(wanted)}")
    log = cache.folder() / "logs" / "apt.log"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run_long("apt-get update", ["apt-get", "update"], log=log, env=environment)
    argv = ["apt-get", "install", "--yes", "--no-install-recommends", *wanted]
    # Their services would start a second containerd and a registry on a fixed port; the node starts its own.
    with _no_services():
        run_long("apt-get install", argv, log=log, env=environment)


def missing_packages() -> list[tuple[str, bool]]:
    """Debian packages whose programs are not here, and for each whether only building needs it."""
    return [(package, build) for program, package, build in _PROGRAMS if shutil.which(program) is None]


class _no_services:  # noqa: N801  # a context manager reads as a verb
    """Keep Debian packages from starting services while they are installed, as policy-rc.d is made for."""

    _path = Path("/usr/sbin/policy-rc.d")

    def __enter__(self) -> None:
        self._made = not self._path.exists()
        if self._made:
            self._path.write_text("#!/bin/sh\nexit 101\n")
            self._path.chmod(0o755)

    def __exit__(self, *_error: object) -> None:
        if self._made:
            self._path.unlink()


def announce() -> bool:
    """Say what has to be built and what it costs; answer whether anything has."""
    unbuilt, pictures = programs.missing(), images.missing()
    if not unbuilt and not pictures:
        return False
    minutes = (18 if unbuilt else 0) + len(pictures)
    say(f"to be built once, into {cache.folder()}: {', '.join([*unbuilt, *(f'image {name}' for name in pictures)])}")
    say(f"this takes about {minutes} minutes on two cores and up to {_BUILD_GIB} GiB of disk, Go's own caches included")
    return True


def _machine_findings() -> list[str]:
    missing = []
    if os.geteuid() != 0:
        missing.append(f"root; this runs as user id {os.geteuid()}")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        missing.append(f"Linux on x86_64; this is {platform.system()} on {platform.machine()}")
    packages = [package for package, _ in missing_packages()]
    if packages and shutil.which("apt-get") is None:
        missing.append(f"apt-get, or already installed: {', '.join(packages)}")
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
