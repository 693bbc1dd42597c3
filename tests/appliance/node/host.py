# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node has on its host besides files: processes, one interface, mount points and a few kernel settings."""

from __future__ import annotations

import contextlib
import json
import signal
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import cache, kernel, processes
from ansible_collections.alga.appliance.tests.appliance.node.commands import run, wait_for
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings

_MOUNT_POINTS = (Path("/var/lib/kubelet"), Path("/var/lib/cni"), Path("/var/log/containers"))


def owned(settings: Settings) -> list[int]:
    """The host's process ids of the node: those that carry its mark and those that share their process namespace."""
    mark = f"{kernel.OWNER}={settings.root}".encode()
    spaces = {pid: processes.namespace(pid) for pid in processes.every()}
    marked = {pid for pid in spaces if processes.is_marked(pid, mark)}
    # One that had ended when it was asked, or may not be looked into, is in no namespace that is known.
    ours = {spaces[pid] for pid in marked} - {processes.namespace("self"), ""}
    return sorted(marked | {pid for pid, space in spaces.items() if space in ours})


def first_process(settings: Settings) -> int | None:
    """The host's process id of the node's process 1, or None when it does not run."""
    # One namespace deeper than this process itself; a container is one level deeper still.
    depth = len(processes.ids("self")) + 1
    for pid in owned(settings):
        ids = processes.ids(pid)
        if len(ids) == depth and ids[-1] == 1:
            return pid
    return None


def end_gracefully(settings: Settings, *, seconds: float) -> None:
    """Ask the node's first process to end, and end whatever is left after that."""
    pid = first_process(settings)
    if pid is not None:
        processes.kill([pid], signal.SIGTERM)
        with contextlib.suppress(NodeError):
            wait_for(
                "the node's first process to end",
                lambda: None if processes.has_ended(pid) else f"process {pid} still runs",
                seconds=seconds,
            )
    kill(settings)


def kill(settings: Settings) -> None:
    """End every process of the node at once, whatever state it is in, and wait until the kernel let go of them."""

    def some_left() -> str | None:
        pids = [pid for pid in owned(settings) if not processes.has_ended(pid)]
        processes.kill(pids)
        return f"processes {pids}" if pids else None

    wait_for("the node's processes to end", some_left, seconds=30)


def connect(settings: Settings, pid: int) -> None:
    """Plug the host into the node's bridge: one interface, the pods' subnet, and a route to the Services."""
    run(["ip", "link", "add", settings.bridge, "type", "veth", "peer", "name", "uplink", "netns", str(pid)])
    address = f"{settings.host_address}/{settings.pods.prefixlen}"
    run(["ip", "address", "add", address, "dev", settings.bridge])
    run(["ip", "link", "set", settings.bridge, "up"])
    run(["ip", "route", "add", settings.service_subnet, "via", settings.address, "dev", settings.bridge, "onlink"])


def disconnect(settings: Settings) -> None:
    """Remove the host's interface where it outlived the node (the kernel takes it down some time after the process)."""
    if not interface_exists(settings):
        return
    with contextlib.suppress(NodeError):
        run(["ip", "link", "delete", settings.bridge])
    wait_for(
        f"the interface {settings.bridge} to go",
        lambda: "it is there" if interface_exists(settings) else None,
        seconds=30,
    )


def interface_exists(settings: Settings) -> bool:
    """Whether the host has an interface of the node's name."""
    return Path("/sys/class/net", settings.bridge).exists()


def was_prepared(settings: Settings) -> bool:
    """Whether a node of this root was started here and not taken down since."""
    return _mark(settings).exists()


def prepare(settings: Settings) -> None:
    """Make mount points that are missing and remember them and the kernel's settings, so that `restore` can undo both."""
    kernel.remember()
    with cache.locked("host"):
        if not _record().exists():
            _record().write_text(json.dumps([str(path) for path in _MOUNT_POINTS if not path.exists()]))
        for path in _MOUNT_POINTS:
            path.mkdir(parents=True, exist_ok=True)
        _mark(settings).touch()


def restore(settings: Settings) -> None:
    """Undo `prepare` with the last node: the kernel's settings as they were, mount points removed when they are empty.

    Whoever removes a mount point takes away what is mounted on it, in every mount namespace (mount_namespaces(7)): a node that
    still runs would go on in a folder of the host's, together with every other one.
    """
    kernel.restore(settings.root)
    with cache.locked("host"):
        _mark(settings).unlink(missing_ok=True)
        if kernel.in_use(settings.root) or not _record().exists():
            return
        for path in json.loads(_record().read_text()):
            # Something else may keep files there by now.
            with contextlib.suppress(OSError):
                Path(path).rmdir()
        _record().unlink()


def _mark(settings: Settings) -> Path:
    return settings.root / "prepared"


def _record() -> Path:
    """What was there before the first node of this machine; all of them share it."""
    return cache.folder() / "mount-points.json"
