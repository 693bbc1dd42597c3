# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What whoever migrates or seeds is doing in the database: whether it moves, and what it waits for when it does not."""

from __future__ import annotations

import contextlib
import typing as t

from ..._core import names
from ..._core.errors import ObservationFailed
from .postgresql import APPLICATION_NAME, Session
from .server import InCluster

_BLOCKED = (
    "SELECT a.pid, a.state, coalesce(a.wait_event_type || ' ' || a.wait_event, 'nothing'),"
    " (SELECT string_agg(l.mode || coalesce(' on ' || l.relation::regclass::text, ''), ', ')"
    " FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted),"
    " (SELECT string_agg(concat(b.pid, ' (', b.usename, ', ', b.application_name, ', ', b.state, ')'), ', ')"
    " FROM pg_stat_activity b WHERE b.pid = ANY (pg_blocking_pids(a.pid)))"
    " FROM pg_stat_activity a WHERE a.pid = ANY (cast(:pids AS integer[])) ORDER BY a.query_start"
)


def _workers(session: Session, database: str) -> dict[int, str]:
    """Client connections that are neither the application's nor the collection's: process id and start of its statement."""
    found = session.rows(
        "SELECT pid, query_start::text FROM pg_stat_activity WHERE datname = :database AND backend_type = 'client backend'"
        " AND usename <> ALL (:application) AND application_name <> :own",
        database=database,
        application=[role for role in names.ROLE_KEYS if role != names.SUPERUSER],
        own=APPLICATION_NAME,
    )
    return dict(t.cast("list[tuple[int, str]]", found))


def movement(server: InCluster, database: str) -> tuple[object, ...]:
    """What moves while statements run: when the newest began, and how far an index is that one of them builds (F28).

    :raises ObservationFailed: when it could not be read.
    """
    with contextlib.closing(server.connect(database)) as session:
        session.give_up_waiting()
        workers = _workers(session, database)
        index = session.value(
            "SELECT sum(blocks_done + tuples_done)::text FROM pg_stat_progress_create_index WHERE datname = :database",
            database=database,
        )
    return tuple(sorted(workers.items())), index


def waits(server: InCluster, database: str) -> str:
    """Say what the statements of a standing Job wait for (PostgreSQL, ``pg_stat_activity`` and ``pg_locks``).

    No statement is repeated here: it may hold data.
    """
    try:
        with contextlib.closing(server.connect(database)) as session:
            session.give_up_waiting()
            found = session.rows(_BLOCKED, pids=list(_workers(session, database)))
    except ObservationFailed as error:
        return f"what it waits for could not be read: {error.message}"
    said = [
        f"process {pid} is {state} and waits for {event}"
        + (f", {lock}" if lock else "")
        + (f", held by process {holders}" if holders else "")
        for pid, state, event, lock, holders in found
    ]
    return "; ".join(said) or f"nothing except roles of the application is connected to database '{database}'"
