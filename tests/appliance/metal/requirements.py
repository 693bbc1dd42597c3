# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host must have for a machine with disks. Everything that is missing is named at once, before anything is touched."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from node import cache
from node.messages import NodeError

from metal.place import Place

_GIB = 1 << 30
_BUILD_GIB = 12
_MEMORY_GIB = 4.0
# Program, and the Debian package that brings it.
_PROGRAMS = {
    "ip": "iproute2",
    "mkfs.ext4": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "setpriv": "util-linux",
    "skopeo": "skopeo",
    "unshare": "util-linux",
}
_REGISTRY = ("docker-registry", "registry")


def check(place: Place) -> None:
    """Judge whether the machine can be made and run here.

    Raises:
        NodeError: it cannot; names every missing requirement in one sentence.
    """
    missing = [*_findings(), *_room(cache.folder(), _BUILD_GIB), *_room(place.folder, _BUILD_GIB)]
    if missing:
        raise NodeError(f"This host cannot run a Talos machine in metal mode; it lacks {'; '.join(missing)}.")


def _findings() -> list[str]:
    missing = []
    if os.geteuid() != 0:
        missing.append(f"root (this runs as user id {os.geteuid()})")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        missing.append(
            f"Linux on x86_64, for which Debian has user-mode Linux (this is {platform.system()} on {platform.machine()})"
        )
    missing += [
        f"the program {program} (Debian package {package})"
        for program, package in _PROGRAMS.items()
        if shutil.which(program) is None
    ]
    if not any(shutil.which(program) for program in _REGISTRY):
        missing.append("the program docker-registry (Debian package docker-registry)")
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        missing.append("/dev/net/tun, the kernel's network taps (module tun)")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if memory < _MEMORY_GIB * _GIB:
        missing.append(f"{_MEMORY_GIB:.0f} GiB of memory (it has {memory / _GIB:.1f} GiB)")
    return missing


def _room(folder: Path, gib: int) -> list[str]:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    return [] if free >= gib * _GIB else [f"{gib} GiB free on the disk of {folder} (it has {free / _GIB:.1f} GiB)"]
