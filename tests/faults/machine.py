# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The node from its host: processes of its containers, single components, and a volume that can be filled."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import host, lifecycle, processes
from ansible_collections.alga.appliance.tests.appliance.node.commands import run, wait_for
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings

_VOLUME_SIZE = "3G"
_BALLAST = ".ballast"
_READY_SECONDS = 120.0
_GONE_SECONDS = 10.0
# What only holds a pod's network, and what is about to become a container and may be of a pod that is left alone.
_NOT_YET = ("/pause", "runc init")


@dataclass(frozen=True)
class Container:
    """The first process of a container.

    :param pid: as the host counts.
    :param pod: the pod's host name, which is the node's own for a pod on the node's network.
    """

    pid: int
    pod: str
    command: str


class Machine:
    """The running node that the settings name.

    :raises NodeError: when it does not run.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        pid = host.first_process(settings)
        if pid is None:
            raise NodeError(f"The node {settings.name} does not run; start it with make node.")
        self.pid = pid
        # The node's own view of its storage path, in its mount namespace.
        self.storage = Path(f"/proc/{pid}/root{settings.storage}")

    def containers(self) -> list[Container]:
        """The containers of every pod, except those that only hold a pod's network, and the provisioner's helpers."""
        found = []
        for pid in _inside(self.pid):
            words = processes.command_line(pid).replace(b"\0", b" ").decode(errors="replace").strip()
            with processes.may_have_ended():  # or it has no host name of its own yet
                pod = Path(f"/proc/{pid}/root/etc/hostname").read_text().strip()
                if words and words not in _NOT_YET and not pod.startswith("helper-pod"):
                    found.append(Container(pid, pod, words))
        return sorted(found, key=lambda item: (item.pod, item.pid))

    def component(self, name: str) -> int:
        """The process id of one of the node's components, such as kubelet."""
        for pid in processes.children(self.pid):
            if name.encode() in processes.command_line(pid).split(b"\0")[:2]:
                return pid
        raise NodeError(f"The node's component {name} does not run.")

    def stop(self, name: str) -> None:
        """Kill one component; it stays away until `restore`.

        A component is started again only once the node's first process knows that it has ended.
        """
        os.kill(self.component(name), signal.SIGKILL)
        wait_for(
            f"{name} to be gone",
            lambda: f"{name} runs" if name in lifecycle.running(self.settings) else None,
            seconds=_GONE_SECONDS,
            interval=0.02,
        )

    def restore(self) -> None:
        """Start again whatever component has ended, and wait until the node is Ready."""

        def seen() -> str | None:
            trouble = lifecycle.trouble(self.settings)
            if trouble is not None:
                # A component that lost its API server may end a little later.
                os.kill(self.pid, signal.SIGHUP)
            return trouble

        wait_for("the node to be Ready again", seen, seconds=_READY_SECONDS)

    def start_again(self) -> None:
        """Start again whatever component has ended."""
        os.kill(self.pid, signal.SIGHUP)

    def mount(self) -> None:
        """Give the storage path a file system of its own, which goes away with the node or by `unmount`."""
        image = self.settings.root / "faults.img"
        self.unmount()
        run(["truncate", "--size", _VOLUME_SIZE, image])
        run(["mkfs.ext4", "-q", "-F", "-m", "0", image])
        run([*self._enter, "mount", "-o", "loop", image, self.settings.storage])

    def unmount(self) -> None:
        """Take that file system away again."""
        while subprocess.run([*self._enter, "mountpoint", "-q", str(self.settings.storage)], check=False).returncode == 0:
            run([*self._enter, "umount", self.settings.storage])
        (self.settings.root / "faults.img").unlink(missing_ok=True)

    @property
    def _enter(self) -> list[str]:
        return ["nsenter", "--target", str(self.pid), "--mount"]

    def fill(self) -> None:
        """Leave not one block free on the file system of the storage path."""
        with (self.storage / _BALLAST).open("ab", buffering=0) as ballast:
            free = os.statvfs(self.storage)
            if free.f_bavail:  # a length of nothing is refused
                with _full_at_last():  # somebody else may have taken a block meanwhile
                    os.posix_fallocate(ballast.fileno(), 0, free.f_bavail * free.f_frsize)
            with _full_at_last():
                while True:
                    ballast.write(bytes(4096))

    def empty(self) -> None:
        """Give the space back."""
        (self.storage / _BALLAST).unlink(missing_ok=True)


@contextlib.contextmanager
def _full_at_last() -> t.Iterator[None]:
    """What goes on until there is no space left on the file system (ENOSPC); any other error is one."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def _inside(first: int) -> list[int]:
    """The processes that are the first of a process namespace one level below the node's own."""
    levels = len(processes.ids(first)) + 1
    return [pid for pid in processes.family(first) if len(ids := processes.ids(pid)) == levels and ids[-1] == 1]
