# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node has on its host besides files: processes, one interface, mount points and a few kernel settings."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from node.commands import run, wait_for
from node.messages import NodeError
from node.settings import Settings

# In the environment of every process of a node except those inside containers. By it a node knows its own remains.
OWNER = "ALGA_NODE_OWNER"
_MOUNT_POINTS = (Path("/var/lib/kubelet"), Path("/var/lib/cni"), Path("/var/log/containers"))
# The kubelet sets these for the whole machine.
_SYSCTLS = (
    "vm/overcommit_memory",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


def owned(settings: Settings) -> list[int]:
    """The host's process ids of the node: those that carry its mark and those that share their process namespace."""
    mark = f"{OWNER}={settings.root}".encode()
    spaces: dict[int, str] = {}
    marked = set()
    for pid in _pids():
        with contextlib.suppress(OSError):
            spaces[pid] = str(Path(f"/proc/{pid}/ns/pid").readlink())
            if mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                marked.add(pid)
    ours = {spaces[pid] for pid in marked} - {str(Path("/proc/self/ns/pid").readlink())}
    return sorted(marked | {pid for pid, space in spaces.items() if space in ours})


def first_process(settings: Settings) -> int | None:
    """The host's process id of the node's process 1, or None when it does not run."""
    for pid in owned(settings):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                # The last of its ids is the one in the innermost namespace; a container has one level more.
                if line.startswith("NSpid:") and len(line.split()) == _depth() + 2 and line.split()[-1] == "1":
                    return pid
    return None


def end_gracefully(settings: Settings, *, seconds: float) -> None:
    """Ask the node's first process to end, and end whatever is left after that."""
    pid = first_process(settings)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        with contextlib.suppress(NodeError):
            wait_for("the node's first process to end", lambda: _exists(pid), seconds=seconds)
    kill(settings)


def kill(settings: Settings) -> None:
    """End every process of the node at once, whatever state it is in, and wait until the kernel let go of them."""

    def some_left() -> str | None:
        pids = [pid for pid in owned(settings) if not _is_zombie(pid)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
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
    return _record(settings).exists()


def prepare(settings: Settings) -> None:
    """Make mount points that are missing and remember them and the kernel's settings, so that `restore` can undo both."""
    record = _record(settings)
    if not record.exists():
        made = [str(path) for path in _MOUNT_POINTS if not path.exists()]
        values = {name: _sysctl(name).read_text().strip() for name in _SYSCTLS if _sysctl(name).exists()}
        record.write_text(json.dumps({"made": made, "sysctls": values}))
    for path in _MOUNT_POINTS:
        path.mkdir(parents=True, exist_ok=True)


def restore(settings: Settings) -> None:
    """Undo `prepare`: the kernel's settings as they were, mount points of the node's own removed when they are empty."""
    record = _record(settings)
    if not record.exists():
        return
    before = json.loads(record.read_text())
    for name, value in before["sysctls"].items():
        if _sysctl(name).read_text().strip() != value:
            _sysctl(name).write_text(value)
    for path in before["made"]:
        # Another node may use it, or something else keeps files there by now.
        with contextlib.suppress(OSError):
            Path(path).rmdir()
    record.unlink()


def _record(settings: Settings) -> Path:
    return settings.root / "host.json"


def _pids() -> Iterator[int]:
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            yield int(path.name)


def _depth() -> int:
    """How many process namespaces deep this process itself is, counted from where /proc shows it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("NSpid:"):
            return len(line.split()) - 1
    return 1


def _exists(pid: int) -> str | None:
    return None if not Path(f"/proc/{pid}").exists() or _is_zombie(pid) else f"process {pid} still runs"


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in {"Z", "X"}
    except OSError:
        return True


def _sysctl(name: str) -> Path:
    return Path("/proc/sys") / name
