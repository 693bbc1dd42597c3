# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies between a controller and a machine, and what can happen there: connections are refused, cut, slow or half closed."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass

_BLOCK = 1 << 14
_LOOK_SECONDS = 0.05
# Closing with it sends a reset (socket(7), SO_LINGER): the other side learns that the connection is gone, not that it ended.
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Trouble:
    """What happens to connections while it is set.

    Attributes:
        refuse: nobody listens.
        cut_after: bytes from the machine after which a connection is reset; None is never.
        silent_after: bytes from the machine after which nothing more of it is passed on, and nothing is closed; None is never.
        seconds: by which every block is held back.
        only: the connection that is met, counted from 1 since the trouble was set; 0 is every one.
    """

    refuse: bool = False
    cut_after: int | None = None
    silent_after: int | None = None
    seconds: float = 0.0
    only: int = 0


NONE = Trouble()


class Proxy:
    """A port of this host behind which a machine's API lies."""

    def __init__(self, machine: tuple[str, int]) -> None:
        self.machine = machine
        self.connections = 0
        self._trouble = NONE
        self._port = 0
        self._listen()

    @property
    def address(self) -> str:
        """Where the machine seems to be, as HOST:PORT."""
        return f"127.0.0.1:{self._port}"

    def set(self, trouble: Trouble) -> None:
        """Let this happen to connections that come from now on, and nothing else."""
        refused = self._trouble.refuse
        self._trouble, self.connections = trouble, 0
        if trouble.refuse and not refused:
            self.close()
        elif refused and not trouble.refuse:
            self._listen()

    def close(self) -> None:
        """Stop listening and end every connection."""
        self._end.set()
        self._thread.join()
        self._listener.close()

    def _listen(self) -> None:
        self._end = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        self._listener.settimeout(_LOOK_SECONDS)
        self._thread = threading.Thread(target=self._accept, args=(self._listener, self._end), daemon=True)
        self._thread.start()

    def _accept(self, listener: socket.socket, end: threading.Event) -> None:
        while not end.is_set():
            try:
                client, _address = listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            met = self._trouble.only in (0, self.connections)
            arguments = (client, self._trouble if met else NONE, end)
            threading.Thread(target=self._connect, args=arguments, daemon=True).start()

    def _connect(self, client: socket.socket, trouble: Trouble, end: threading.Event) -> None:
        try:
            server = socket.create_connection(self.machine, timeout=5)
        except OSError:
            _reset(client)
            return
        pair = threading.Thread(target=_pass, args=(client, server, Trouble(seconds=trouble.seconds), end), daemon=True)
        pair.start()
        _pass(server, client, trouble, end)
        pair.join()
        for side in (client, server):
            side.close()


def _pass(source: socket.socket, target: socket.socket, trouble: Trouble, end: threading.Event) -> None:
    """Pass on what one side sends until it ends, or the trouble comes."""
    passed = 0
    source.settimeout(_LOOK_SECONDS)
    while not end.is_set():
        try:
            block = source.recv(_BLOCK)
        except TimeoutError:
            continue
        except OSError:
            break
        if not block:
            break
        end.wait(trouble.seconds)
        passed += len(block)
        if trouble.silent_after is not None and passed > trouble.silent_after:
            continue
        if trouble.cut_after is not None and passed > trouble.cut_after:
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
        proxy.set(NONE)
        proxy.close()
