# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cgroup of a node, in both versions of cgroups: it bounds the pods, and it is how the node's memory is counted."""

from __future__ import annotations

import contextlib
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
_V1 = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb", "net_cls", "net_prio",
       "perf_event", "rdma", "systemd", "unified")  # fmt: skip


def is_v2() -> bool:
    """Whether the machine has the unified hierarchy alone."""
    return (MOUNT / "cgroup.controllers").exists()


def hierarchies() -> list[Path]:
    """The mounted hierarchies; combined ones (cpu,cpuacct) once."""
    if is_v2():
        return [MOUNT]
    return sorted({(MOUNT / name).resolve() for name in _V1 if (MOUNT / name / "cgroup.procs").exists()})


def create(name: str) -> list[Path]:
    """Make the node's cgroup everywhere and return the leaves its first process belongs into."""
    leaves = []
    for hierarchy in hierarchies():
        top = hierarchy / name
        leaf = top / "components"
        if is_v2():
            _delegate(hierarchy)
        top.mkdir(exist_ok=True)
        _inherit_cpuset(hierarchy, top)
        if is_v2():
            _delegate(top)
        if is_v2() or hierarchy.name == "memory":
            leaf.mkdir(exist_ok=True)
            leaves.append(leaf)
    return leaves


def remove(name: str) -> None:
    """Remove the node's cgroups; its processes have ended."""
    for hierarchy in hierarchies():
        top = hierarchy / name
        if not top.is_dir():
            continue
        for path in sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True):
            path.rmdir()
        top.rmdir()


def left(name: str) -> list[Path]:
    """The node's cgroups that exist."""
    return [hierarchy / name for hierarchy in hierarchies() if (hierarchy / name).is_dir()]


def memory(name: str) -> int | None:
    """Bytes that the node's processes and pods use, without the page cache; None when it is not known."""
    top = MOUNT / name if is_v2() else MOUNT / "memory" / name
    key = "anon" if is_v2() else "total_rss"
    with contextlib.suppress(OSError):
        for line in (top / "memory.stat").read_text().splitlines():
            word, _, value = line.partition(" ")
            if word == key:
                return int(value)
    return None


def _delegate(path: Path) -> None:
    """Let the children of a unified cgroup have every controller it has itself."""
    controllers = (path / "cgroup.controllers").read_text().split()
    for controller in controllers:
        # A controller in use by a realtime process elsewhere cannot be delegated; the kubelet says what it misses.
        with contextlib.suppress(OSError):
            (path / "cgroup.subtree_control").write_text(f"+{controller}")


def _inherit_cpuset(hierarchy: Path, top: Path) -> None:
    """A new version 1 cpuset is empty and takes no process until it has processors and memory."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        source, target = hierarchy / name, top / name
        if hierarchy.name == "cpuset" and source.exists() and not target.read_text().strip():
            target.write_text(source.read_text())
