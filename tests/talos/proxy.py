# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies between a controller and a machine, and what can happen there: connections are refused, cut, slow or half closed."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

_BLOCK = 1 << 14
_PATIENCE = 0.05
# Closing with it sends a reset (socket(7), SO_LINGER): the other side learns that the connection is gone, not that it ended.
_RESET = struct.pack("ii", 1, 0)


@dataclass
class Trouble:
    """What happens to connections while it is set.

    Attributes:
        refuse: nobody listens.
        cut_after: bytes from the machine after which each connection is reset; None is never.
        seconds: by which every block is held back.
        silent: what the machine answers is not passed on, and nothing is closed.
    """

    refuse: bool = False
    cut_after: int | None = None
    seconds: float = 0.0
    silent: bool = False


@dataclass
class Proxy:
    """A port of this host behind which a machine's API lies."""

    machine: tuple[str, int]
    trouble: Trouble = field(default_factory=Trouble)
    connections: int = 0

    def __post_init__(self) -> None:
        self._end = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_PATIENCE)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where the machine seems to be, as HOST:PORT."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Stop listening and end every connection."""
        self._end.set()
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._end.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        if self.trouble.refuse:
            _reset(client)
            return
        try:
            server = socket.create_connection(self.machine, timeout=5)
        except OSError:
            _reset(client)
            return
        pair = threading.Thread(target=self._pass, args=(client, server, False), daemon=True)
        pair.start()
        self._pass(server, client, True)
        pair.join()
        for end in (client, server):
            end.close()

    def _pass(self, source: socket.socket, target: socket.socket, from_machine: bool) -> None:
        """Pass on what one side sends until it ends, or the trouble does."""
        passed = 0
        source.settimeout(_PATIENCE)
        while not self._end.is_set():
            try:
                block = source.recv(_BLOCK)
            except TimeoutError:
                continue
            except OSError:
                break
            if not block:
                break
            if self.trouble.seconds:
                self._end.wait(self.trouble.seconds)
            if from_machine and self.trouble.silent:
                continue
            passed += len(block)
            if from_machine and self.trouble.cut_after is not None and passed > self.trouble.cut_after:
                _reset(target)
                _reset(source)
                return
            try:
                target.sendall(block)
            except OSError:
                break
        with contextlib.suppress(OSError):  # the other side may be gone already
            target.shutdown(socket.SHUT_WR)


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be closed already
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()


@contextlib.contextmanager
def before(address: str, port: int = 50000) -> Iterator[Proxy]:
    """A proxy before a machine, closed afterwards."""
    proxy = Proxy((address, port))
    try:
        yield proxy
    finally:
        proxy.close()
