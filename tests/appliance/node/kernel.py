# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the host's kernel that a node or a machine changes for everybody, kept until the last of them is gone."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import cache, processes

# In the environment of every process of a node except those inside containers, and of a machine's first process.
OWNER = "ALGA_NODE_OWNER"
# The kubelet sets the first five, Talos the others too.
_SETTINGS = (
    *("vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes"),
    *("kernel/pid_max", "fs/inotify/max_user_instances", "fs/aio-max-nr"),
)


def remember() -> None:
    """Write down the settings as they are, unless somebody who still runs has done so."""
    with cache.locked("kernel"):
        if not _record().exists():
            values = {name: _path(name).read_text().strip() for name in _SETTINGS if _path(name).exists()}
            _record().write_text(json.dumps(values))


def restore(owner: Path) -> None:
    """Bring the settings back to what they were, where nobody but the owner needs them."""
    with cache.locked("kernel"):
        if in_use(owner) or not _record().exists():
            return
        for name, value in json.loads(_record().read_text()).items():
            if _path(name).read_text().strip() != value:
                _path(name).write_text(value)
        _record().unlink()


def in_use(owner: Path) -> bool:
    """Whether a node or a machine of somebody else runs on this host."""
    return bool(processes.values(OWNER) - {str(owner)})


def _record() -> Path:
    return cache.folder() / "kernel.json"


def _path(name: str) -> Path:
    return Path("/proc/sys") / name
