# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host must have for a machine. Everything that is missing is named at once, before anything is touched."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import packages, requirements
from ansible_collections.alga.appliance.tests.appliance.talos_machine.place import Place

# Each feature of the kernel, the module that has it, and where it shows.
_KERNEL: tuple[tuple[str, str, Path, str], ...] = (
    ("the overlay file system", "overlay", Path("/proc/filesystems"), "overlay"),
    ("network namespaces", "", Path("/proc/self/ns/net"), ""),
    ("nf_tables, which kube-proxy and Talos's firewall use", "nf_tables", Path("/proc/kallsyms"), "nf_tables_newrule"),
    ("filtering on bridges", "br_netfilter", Path("/proc/sys/net/bridge"), ""),
    ("/dev/kmsg, which the kubelet reads", "", Path("/dev/kmsg"), ""),
)


def check(where: Place, *, building: bool) -> None:
    """Judge whether a machine can be built and run here.

    Raises:
        NodeError: it cannot; names every missing requirement.
    """
    missing = requirements.findings(packages.MACHINE, building=building)
    missing += requirements.running_findings(where.folder)
    missing += [f"{what}, which this kernel lacks" for what, module, place, word in _KERNEL if not _there(module, place, word)]
    requirements.refuse("a Talos machine in a container", missing)


def install(*, building: bool) -> None:
    """Install the Debian packages that are missing."""
    packages.install((*packages.MACHINE, *(packages.BUILDING if building else ())))


def _there(module: str, place: Path, word: str) -> bool:
    if not _shows(place, word) and module and shutil.which("modprobe"):
        subprocess.run(["modprobe", module], capture_output=True, check=False)
    return _shows(place, word)


def _shows(place: Path, word: str) -> bool:
    return place.exists() and (not word or word in place.read_text())
