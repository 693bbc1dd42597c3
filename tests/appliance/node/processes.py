# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes as /proc shows them to whoever asks (proc(5)).

Any process may end between two looks. Then its folder is gone (ENOENT), or the kernel no longer knows whose folder was
opened (ESRCH), and the answer is that of a zombie: no arguments, no environment, no children. Any other error is one.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")


def every() -> list[int]:
    """The ids of all processes."""
    return [int(folder.name) for folder in PROC.iterdir() if folder.name.isdigit()]


def command_line(pid: int) -> bytes:
    """Its arguments, each followed by a zero byte; nothing for one that has ended since it was listed."""
    return _read(pid, "cmdline")


def control_group(pid: int) -> str:
    """Its cgroup as a path, which tells of which node and pod it is; nothing for one that has ended since it was listed."""
    return _read(pid, "cgroup").decode()


def ids(pid: int | str) -> list[int]:
    """Its id in every process namespace it is in, the outermost first; nothing for one that has ended since it was listed.

    Args:
        pid: its id, or "self" where /proc may be that of another process namespace than the caller's.
    """
    for line in _read(pid, "status").decode().splitlines():
        if line.startswith("NSpid:"):
            return [int(number) for number in line.split()[1:]]
    return []


def namespace(pid: int | str) -> str:
    """Which process namespace it is in; nothing for one that has ended since it was listed or may not be looked into."""
    with may_have_ended(), _may_be_closed():
        return str((PROC / str(pid) / "ns/pid").readlink())
    return ""


def has_ended(pid: int) -> bool:
    """Whether it runs no more: a zombie only waits for its parent, and one without a folder is gone altogether."""
    stat = _stat(pid)
    return not stat or stat[0] in {"Z", "X"}


def started(pid: int) -> str:
    """When a process began, in the kernel's ticks; with the id it names one process, as ids are used again."""
    return _stat(pid)[19]


def is_marked(pid: int, mark: bytes) -> bool:
    """Whether it started with this variable in its environment; one that has ended since it was listed has none."""
    with _may_be_closed():
        return mark in _read(pid, "environ").split(b"\0")
    return False


def marked(mark: bytes) -> list[int]:
    """The processes that started with this variable in their environment, written NAME=value."""
    return [pid for pid in every() if is_marked(pid, mark)]


def values(name: str) -> set[str]:
    """What processes have started with as the value of a variable of their environment."""
    prefix = f"{name}=".encode()
    found = set()
    for pid in every():
        with _may_be_closed():
            entries = _read(pid, "environ").split(b"\0")
            found |= {entry.removeprefix(prefix).decode() for entry in entries if entry.startswith(prefix)}
    return found


def children(pid: int) -> list[int]:
    """The processes it started itself."""
    return [child for child, parent in _parents().items() if parent == pid]


def family(pid: int) -> list[int]:
    """A process and all it started, workers in sessions of their own too."""
    parents = _parents()
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def frozen_family(pid: int) -> list[int]:
    """The same, stopped (SIGSTOP): one that goes on while the others are listed starts another that no list has.

    A fork that a signal meets begins anew and is stopped before it (fork(2), ERESTARTNOINTR in the kernel), so nobody new is
    found once all are stopped.
    """
    stopped: set[int] = set()
    while more := set(family(pid)) - stopped:
        kill(more, signal.SIGSTOP)
        stopped |= more
    return sorted(stopped)


def kill_family(pid: int) -> int:
    """Kill a process and all it started; returns how many."""
    return kill(frozen_family(pid))


def kill(pids: Iterable[int], number: int = signal.SIGKILL) -> int:
    """Send processes a signal, and say how many were there to get it: one that has ended needs no end."""
    sent = 0
    for pid in pids:
        with may_have_ended():
            os.kill(pid, number)
            sent += 1
    return sent


def may_have_ended() -> contextlib.suppress:
    """What is asked of a process that may have ended meanwhile: both errors say so, and nothing else is suppressed."""
    return contextlib.suppress(FileNotFoundError, ProcessLookupError)


def _may_be_closed() -> contextlib.suppress:
    """What the kernel shows only to those who may trace a process (ptrace(2)).

    Its own starter may, root not always. So one that is closed (EACCES) is nobody's who asks after his own.
    """
    return contextlib.suppress(PermissionError)


def _parents() -> dict[int, int]:
    """Every process' parent; whoever has ended since it was listed has none."""
    return {pid: int(stat[1]) for pid in every() if (stat := _stat(pid))}


def _stat(pid: int) -> list[str]:
    """Its state, its parent and so on: what follows its name, which may have spaces and parentheses of its own."""
    return _read(pid, "stat").decode(errors="replace").rpartition(")")[2].split()


def _read(pid: int | str, name: str) -> bytes:
    with may_have_ended():
        return (PROC / str(pid) / name).read_bytes()
    return b""
