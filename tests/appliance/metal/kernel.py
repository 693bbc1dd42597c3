# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel: Debian's user-mode Linux, in a folder with the libraries it needs."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import cache
from ansible_collections.alga.appliance.tests.appliance.node.commands import run_long

# Debian's kernels before 7.2 lack what Talos mounts with. The suite moves on; the version does not.
_SUITE = "sid"
_VERSION = "7.2um1"
_FORMAT = "2"
PROGRAM = "usr/bin/linux.uml"


def build() -> Path:
    """Fetch the kernel, or find it in the cache.

    Returns:
        The folder to start it in with chroot; its modules are below usr/lib/uml/modules.
    """
    return cache.kept(f"metal-kernel-{_VERSION}-{cache.key(_FORMAT, _SUITE, _VERSION)}", _fill) / "root"


def key() -> str:
    """What the kernel is known by where it is an input."""
    return f"{_SUITE} {_VERSION}"


def modules(root: Path) -> Path:
    """The one folder of its modules; its name is the kernel's release."""
    (found,) = (root / "usr/lib/uml/modules").iterdir()
    return found


def _fill(target: Path) -> None:
    root = target / "root"
    # A pinned version is still right when the list that names it is past its date.
    options = ["--variant=extract", "--format=directory", '--aptopt=Acquire::Check-Valid-Until "false"']
    argv: list[str | Path] = ["mmdebstrap", *options, f"--include=user-mode-linux={_VERSION}", _SUITE, root]
    run_long(f"user-mode Linux {_VERSION}", argv, log=cache.folder() / "logs" / "metal-kernel.log")
    root.chmod(0o755)
    for folder in ("dev", "proc", "disks"):
        (root / folder).mkdir(exist_ok=True)
    (root / "root.img").touch()
    # The links of a merged /usr belong to a package that nothing else here needs.
    for link in ("lib", "lib64"):
        (root / link).symlink_to(f"usr/{link}")
