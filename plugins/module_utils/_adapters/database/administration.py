# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The statements that make and publish the application database, over one direct session and under one advisory lock."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass

from ..._core import names
from ..._core.bootstrap.bootstrap import Image
from ..._core.credentials.scram import verifier
from ..._core.database.database import MAINTENANCE_DATABASE, making, mark, marked_run
from ..._core.database.grants import ROLES
from ..._core.errors import Refused
from ..clock import wait_until
from . import properties
from .grants import grant
from .postgresql import Session, identifier, literal
from .server import InCluster

COMPLETE, ADOPTED = "complete", "adopted"


@dataclass(frozen=True)
class LedgerEntry:
    """One run as the ledger in the database records it."""

    run: str
    mode: str
    image: Image
    seed_set: str
    system_identifier: str
    migrations_before: int
    migrations_after: int
    started_at: str
    outcome: str = COMPLETE
    filled: tuple[str, ...] = ()


@contextlib.contextmanager
def exclusive(server: InCluster, *, progress_timeout: float) -> t.Iterator[Session]:
    """Hold the advisory lock of everything that changes the appliance's databases (F20).

    Whoever holds it needs it for moments only: another run, or a worker that outlived its killed controller. It is waited
    for, and the timeout starts anew whenever the holder changes.

    :raises ActionFailed: when progress_timeout ended; names the holder.
    :raises Refused: when the run that waited has lost its Lease meanwhile.
    """
    with contextlib.closing(server.connect(MAINTENANCE_DATABASE)) as session:
        wait_until(
            lambda: _lock(session),
            lambda holders: not holders,
            what=f"the advisory lock of the appliance's databases on {server.where}",
            progress_timeout=progress_timeout,
            progress=lambda holders: holders,
            describe=lambda holders: f"another run holds it: {holders}",
            next_action="Wait until that run has finished, then run the playbook again.",
        )
        server.api.changing()
        yield session


def _lock(session: Session) -> str:
    """Try to take the lock; returns its holders, or an empty text when it is ours."""
    if session.value("SELECT pg_try_advisory_lock(:key)", key=names.ADVISORY_LOCK):
        return ""
    return lock_holders(session) or "a session that has just ended"


def lock_holders(session: Session) -> str:
    """Name the sessions that hold the advisory lock; empty when there are none."""
    holders = session.rows(
        "SELECT a.pid, a.application_name, a.backend_start::text FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
        " WHERE l.locktype = 'advisory' AND l.granted AND l.objid = :key",
        key=names.ADVISORY_LOCK,
    )
    return "; ".join(f"PostgreSQL process {pid} ({name}, since {since})" for pid, name, since in holders)


def ensure_roles(session: Session, passwords: t.Mapping[str, str]) -> list[str]:
    """Create the roles that are missing; an existing role is never altered (U5).

    The verifier is computed here, so that no password reaches the server or its log.

    :param passwords: plaintext by role.
    :returns: the names of the roles that were created.
    """
    known = {row[0] for row in session.rows("SELECT rolname FROM pg_roles")}
    created = [role for role in passwords if role not in known]
    for role in created:
        stored = literal(verifier(passwords[role].encode()))
        session.execute(f"create role {role}", f"CREATE ROLE {identifier(role)} LOGIN PASSWORD {stored}", secret=True)
    return created


def ensure_collaboration_database(session: Session) -> None:
    """Create the collaboration server's database, owned by its role, when it does not exist."""
    name, role = names.COLLABORATION_DATABASE, names.COLLABORATION_ROLE
    if not session.rows("SELECT 1 FROM pg_database WHERE datname = :name", name=name):
        properties.create(session, name, owner=role)


def drop_building(session: Session, building: str, comment: str) -> None:
    """Drop a half-built database of this collection's own.

    :raises Refused: when it does not carry the collection's mark.
    """
    if not marked_run(comment):
        raise Refused(
            f"Database '{building}' does not carry the mark of this collection, so it was not dropped. Find out who created it, "
            "and drop or rename it by hand."
        )
    session.execute(f"drop database '{building}'", f"DROP DATABASE {identifier(building)} WITH (FORCE)")


def create_marked(session: Session, database: str, run: str) -> None:
    """Create a database that carries the collection's mark from the first moment on which it has its name.

    PostgreSQL makes a database and its comment in two statements, so it is made under a name that carries the run's id, which
    marks it for this function alone; whoever is killed in between leaves no unmarked database behind (F17).
    """
    made = making(database, run)
    session.execute(f"drop database '{made}'", f"DROP DATABASE IF EXISTS {identifier(made)}")
    properties.create(session, made)
    mark_building(session, made, mark(run))
    rename(session, made, database)


def create_building(server: InCluster, session: Session, *, building: str, run: str, environment: str) -> None:
    """Create the database that is built aside, marked before anything is put into it."""
    name = identifier(building)
    create_marked(session, building, run)
    session.execute(
        f"set the environment of database '{building}'", f"ALTER DATABASE {name} SET app.environment = {literal(environment)}"
    )
    with contextlib.closing(server.connect(building)) as inside:
        inside.execute("create extension vector", "CREATE EXTENSION IF NOT EXISTS vector")
        inside.execute("create schema pgboss", f"CREATE SCHEMA IF NOT EXISTS {names.QUEUE_SCHEMA}")
    grant(server, session, building, ROLES)


def marking(building: str, comment: str) -> str:
    """The statement that gives a database the collection's mark."""
    return f"COMMENT ON DATABASE {identifier(building)} IS {literal(comment)}"


def mark_building(session: Session, building: str, comment: str) -> None:
    """Mark a database as this collection's own."""
    session.execute(f"mark database '{building}'", marking(building, comment))


def rename(session: Session, database: str, name: str) -> None:
    """Give a database another name."""
    session.execute(f"rename database '{database}'", f"ALTER DATABASE {identifier(database)} RENAME TO {identifier(name)}")


def release_migration_lock(server: InCluster, database: str) -> None:
    """Release knex's migration lock; whoever calls this holds the advisory lock and has proved that nobody migrates."""
    with contextlib.closing(server.connect(database)) as inside:
        inside.execute("release the migration lock", "UPDATE public.knex_migrations_lock SET is_locked = 0")


def write_ledger(server: InCluster, database: str, entry: LedgerEntry) -> None:
    """Record a run inside the database itself, so that backups carry it."""
    schema = names.LEDGER_SCHEMA
    with contextlib.closing(server.connect(database)) as inside:
        inside.execute("create the ledger's schema", f"CREATE SCHEMA IF NOT EXISTS {schema}")
        inside.execute(
            "create the ledger",
            f"CREATE TABLE IF NOT EXISTS {schema}.runs (run uuid NOT NULL, mode text NOT NULL, image text NOT NULL,"
            " image_id text NOT NULL, seed_set text NOT NULL, collection_version text NOT NULL, system_identifier text NOT NULL,"
            " migrations_before integer NOT NULL, migrations_after integer NOT NULL, outcome text NOT NULL,"
            " filled_by_migrations text[] NOT NULL,"
            " started_at timestamptz NOT NULL, finished_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (run, mode))",
        )
        inside.execute(
            "write the ledger",
            f"INSERT INTO {schema}.runs (run, mode, image, image_id, seed_set, collection_version, system_identifier,"
            " migrations_before, migrations_after, outcome, filled_by_migrations, started_at) VALUES (cast(:run AS uuid), :mode,"
            " :image, :image_id, :seed_set, :version, :system_identifier, :before, :after, :outcome, cast(:filled AS text[]),"
            " cast(:started_at AS timestamptz)) ON CONFLICT (run, mode) DO NOTHING",
            run=entry.run,
            mode=entry.mode,
            image=entry.image.name,
            image_id=entry.image.id,
            seed_set=entry.seed_set,
            version=names.COLLECTION_VERSION,
            system_identifier=entry.system_identifier,
            before=entry.migrations_before,
            after=entry.migrations_after,
            outcome=entry.outcome,
            filled=list(entry.filled),
            started_at=entry.started_at,
        )


def publish(session: Session, *, building: str, database: str) -> None:
    """Publish what was built aside: from this statement on the application database exists, and it is complete."""
    session.execute(
        f"publish database '{building}' as '{database}'",
        f"ALTER DATABASE {identifier(building)} RENAME TO {identifier(database)}",
    )
