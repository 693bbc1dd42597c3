# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A playbook that is told apart into its tasks while it runs, and held at the beginning of each."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import processes

CALLBACKS = Path(__file__).parent / "callback_plugins"
# Longer than any progress timeout of the collection here (alga_progress_timeout) with every phase that has one.
LIMIT = 400.0


@dataclass(frozen=True)
class Task:
    """A task that is about to begin; the play waits for `go`."""

    number: int
    name: str


@dataclass(frozen=True)
class End:
    """The playbook has ended, or was ended."""

    code: int


class Playing:
    """One run of a playbook.

    :param command: the command line of ansible-playbook.
    :param folder: where its socket and its output are kept.
    """

    def __init__(self, command: t.Sequence[str], folder: Path) -> None:
        self.output = folder / "output.txt"
        path = folder / "instants.socket"
        path.unlink(missing_ok=True)
        self._mark = f"ALGA_FAULTS_SOCKET={path}".encode()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._connection: socket.socket | None = None
        self._rest = b""
        self._held = False
        self._number = 0
        self.task = "before the first task"
        environment = {
            **os.environ,
            "ALGA_FAULTS_SOCKET": str(path),
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "fault_instants",
        }
        self.started = time.monotonic()
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                list(command), env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        self.pid = self._process.pid
        self._ended = os.pidfd_open(self.pid)
        self.code: int | None = None

    def __enter__(self) -> Playing:
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave no process behind and no file open."""
        if self.code is None:
            processes.kill_family(self.pid)
            self._process.wait()
        os.close(self._ended)
        for opened in (self._listener, self._connection):
            if opened is not None:
                opened.close()

    def survivors(self) -> list[int]:
        """The processes that this run started and that still live: workers outlive a killed controller."""
        return processes.marked(self._mark)

    def go(self) -> None:
        """Let the task begin that was told last."""
        if self._held and self._connection is not None:
            self._held = False
            try:
                self._connection.send(b"!")
            except ConnectionError:
                return  # the controller was killed while it waited; its end is told next

    def next(self, seconds: float) -> Task | End | None:
        """What happens next, or None when nothing does for so many seconds.

        :raises TimeoutError: when the playbook has run longer than any of its waits explains.
        """
        until = time.monotonic() + seconds
        while True:
            if self.code is not None:
                return End(self.code)
            if b"\n" in self._rest:
                return self._take()
            left = until - time.monotonic()
            if time.monotonic() - self.started > LIMIT:
                raise TimeoutError(f"the playbook was still in task {self.task} after {LIMIT:.0f} s")
            if not self._listen(max(left, 0)) and left <= 0:
                return None

    def _listen(self, seconds: float) -> bool:
        heard: socket.socket = self._connection or self._listener
        ready, _writable, _broken = select.select([heard.fileno(), self._ended], [], [], min(seconds, LIMIT))
        if heard.fileno() in ready:
            if self._connection is None:
                self._connection, _address = self._listener.accept()
                return True
            received = self._receive(self._connection)
            self._rest += received
            if received:
                return True
            # A worker may keep the connection of its killed controller open, so its end is told by the process alone.
            self._process.wait()
        if self._ended in ready or self._process.poll() is not None:
            self.code = self._process.wait()
            return True
        return False

    @staticmethod
    def _receive(connection: socket.socket) -> bytes:
        try:
            return connection.recv(4096)
        except ConnectionResetError:
            return b""  # the controller was killed with an answer unread

    def _take(self) -> Task:
        line, _newline, self._rest = self._rest.partition(b"\n")
        self.task = json.loads(line)
        self._held = True
        task = Task(self._number, self.task)
        self._number += 1
        return task
