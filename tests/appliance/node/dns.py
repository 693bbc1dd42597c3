# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One question to the cluster's name server, to see that it answers from the cluster."""

from __future__ import annotations

import secrets
import socket
import struct

_NAME = "kubernetes.default.svc.cluster.local"
_ANSWERS_AT = 6


def trouble(server: str, name: str = _NAME) -> str | None:
    """Why the server does not resolve a name of the cluster, or None when it does."""
    number = secrets.randbelow(1 << 16)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(1)
        try:
            connection.sendto(question(number, name), (server, 53))
            answer = connection.recv(512)
        except OSError as error:
            return f"the cluster's name server {server} does not answer: {error}"
    if len(answer) < 12 or struct.unpack_from(">H", answer)[0] != number:
        return f"the cluster's name server {server} answered something else"
    if struct.unpack_from(">H", answer, _ANSWERS_AT)[0] == 0:
        return f"the cluster's name server {server} does not know {name}"
    return None


def question(number: int, name: str) -> bytes:
    """A DNS message that asks for a name's IPv4 address."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)
