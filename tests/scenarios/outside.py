# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""PostgreSQL seen from outside the collection: through psycopg2 over kubectl's port-forward.

The collection reads PostgreSQL with pg8000 over the Kubernetes client's port-forward. What libpq reads over kubectl's shares no
fault with either.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import typing as t

import psycopg2
from psycopg2 import extensions

# A server that hangs, or a statement that waits for somebody's lock, ends a test with PostgreSQL's or libpq's own words.
CONNECT_SECONDS = 20
STATEMENT_SECONDS = 180
BYTES = 4096
LISTENING = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+) -> ")


class NoAnswerError(Exception):
    """PostgreSQL was not reached, or it refused; in the words of whoever said so."""


def ask(forward: t.Sequence[str], statement: str, database: str) -> str:
    """Run SQL in one session, and return the last result as ``psql -At`` prints it: a line each row, columns parted by ``|``.

    Sessions and forwards end with the question: what is left open keeps a database from being dropped, renamed or copied, and
    a pod that is replaced takes its forward along.

    Args:
        forward: the command of kubectl port-forward, to a port of its choice on 127.0.0.1.

    Raises:
        NoAnswerError: when it does not succeed.
    """
    try:
        with _forwarded(forward) as port, _connected(port, database) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
    except psycopg2.Error as error:
        raise NoAnswerError(str(error).strip()) from error
    return "\n".join("|".join(value or "" for value in row) for row in rows)


@contextlib.contextmanager
def _forwarded(command: t.Sequence[str]) -> t.Iterator[int]:
    """The local port of a port-forward, which kubectl prints once it listens."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as kubectl:
        try:
            listening = LISTENING.match(t.cast("t.IO[str]", kubectl.stdout).readline())
            if listening is None:
                raise NoAnswerError(kubectl.communicate()[1].strip())
            yield int(listening[1])
        finally:
            kubectl.terminate()


@contextlib.contextmanager
def _connected(port: int, database: str) -> t.Iterator[extensions.connection]:
    """A session, which has ended in PostgreSQL too when it is left: until then it counts as somebody who is connected."""
    connection = psycopg2.connect(
        host="127.0.0.1",
        port=port,
        user="postgres",
        dbname=database,
        connect_timeout=CONNECT_SECONDS,
        options=f"-c statement_timeout={STATEMENT_SECONDS}s",
    )
    # Every value as PostgreSQL writes it, and not as Python has it.
    written = extensions.new_type(tuple(extensions.string_types), "AS_WRITTEN", lambda value, _cursor: value)
    extensions.register_type(written, connection)
    with socket.socket(fileno=os.dup(connection.fileno())) as wire:
        try:
            yield connection
        finally:
            connection.close()
            wire.settimeout(CONNECT_SECONDS)
            with contextlib.suppress(ConnectionError):
                while wire.recv(BYTES):
                    pass
