# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages: what is missing of them, and installing it without starting a service."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import cache
from ansible_collections.alga.appliance.tests.appliance.node.commands import run_long
from ansible_collections.alga.appliance.tests.appliance.node.messages import say

# Each program, and the Debian package that brings it.
Programs = tuple[tuple[str, str], ...]
BUILDING: Programs = (("mmdebstrap", "mmdebstrap"), ("npm", "npm"))
MACHINE: Programs = (
    ("runc", "runc"),
    ("ip", "iproute2"),
    ("mount", "mount"),
    ("skopeo", "skopeo"),
    ("docker-registry", "docker-registry"),
)
NODE: Programs = (
    *MACHINE,
    ("containerd", "containerd"),
    ("/usr/lib/cni/bridge", "containernetworking-plugins"),
    ("nft", "nftables"),
    ("conntrack", "conntrack"),
    ("ethtool", "ethtool"),
    ("socat", "socat"),
    ("iptables", "iptables"),
    ("unshare", "util-linux"),
)


def missing(programs: Programs) -> list[str]:
    """The packages whose programs are not here."""
    return [package for program, package in programs if shutil.which(program) is None]


def install(programs: Programs) -> None:
    """Install the packages whose programs are missing; say nothing when none are."""
    if not missing(programs):
        return
    # Two commands side by side would meet at dpkg's own lock, and one of them fail.
    with cache.locked("apt"):
        _install(missing(programs))


def _install(wanted: list[str]) -> None:
    if not wanted:
        return
    say(f"installing Debian packages: {' '.join(wanted)}")
    log = cache.folder() / "logs" / "apt.log"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run_long("apt-get update", ["apt-get", "update"], log=log, env=environment)
    argv = ["apt-get", "install", "--yes", "--no-install-recommends", *wanted]
    # Their services would start a second containerd and a registry on a fixed port; what needs them starts its own.
    with _no_services():
        run_long("apt-get install", argv, log=log, env=environment)


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
