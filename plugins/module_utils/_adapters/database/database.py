# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what is in a database: the facts that the ladder classifies."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, field

from ..._core import names
from ..._core.credentials.scram import matches
from ..._core.database.database import MAINTENANCE_DATABASE, DatabaseObservation, is_in_the_making, marked_filled
from ..._core.database.seed_contract import Demonstration, SeedContract
from ..._core.database.sqlstate import UNDEFINED_DATABASE
from ..._core.errors import ObservationFailed
from ..._core.states import Reason
from . import grants, postgresql, properties, read_only
from .server import Route, Server

ROW_LIMIT = 1000
_LEDGER = f"{names.LEDGER_SCHEMA}.runs"


@dataclass(frozen=True)
class Question:
    """What to read.

    :param database: the application database, or the one that is being built.
    :param contract: what a seeded database holds, all in schema public.
    :param expected: migrations of the image; ``None`` when they are not known.
    :param production: whether demonstration data is out of place.
    """

    database: str = names.DATABASE
    contract: SeedContract = field(default_factory=SeedContract)
    expected: tuple[str, ...] | None = None
    production: bool = True


def observe(server: Server, question: Question) -> DatabaseObservation:
    """Read everything the ladder needs, over one session.

    Every database shows the server's catalogs, so the application database is entered at once; only where PostgreSQL says
    that there is none (3D000) the maintenance database is.

    :raises ObservationFailed: when anything could not be read.
    """
    route = server.route()
    seen, inside = _read(route, question)
    if not inside and question.database in seen["databases"]:
        seen, inside = _read(route, question)  # It was published between the two sessions, and can be entered now.
    if not inside and question.database in seen["databases"]:
        # PostgreSQL says 3D000 of a database whose directory is missing too, and that one is lost, not absent (F27).
        raise ObservationFailed(
            f"Could not connect to database '{question.database}' on {route.where} in two attempts, although pg_database lists "
            f"it (SQLSTATE {UNDEFINED_DATABASE}): its directory is missing from the data.",
            reason=Reason.QUERY_FAILED,
            next_action="Restore the data from a backup; do not create the database again.",
            evidence={"sqlstate": UNDEFINED_DATABASE, "databases": sorted(seen["databases"])},
        )
    if not seen.get("tables"):
        seen["elsewhere"] = _ledgers(route, question, seen["databases"])
    return DatabaseObservation(**seen)


def _ledgers(route: Route, question: Question, databases: t.Iterable[str]) -> tuple[str, ...]:
    """Look for this collection's ledger in every other database, where the application's holds nothing (R25).

    A database that cannot be entered may hold it, so that is no answer.

    :raises ObservationFailed: when one could not be read.
    """
    known = {question.database, question.database + names.BUILDING_SUFFIX, names.DATABASE}
    found = []
    others = set(databases) - known - {MAINTENANCE_DATABASE, names.COLLABORATION_DATABASE}
    for name in sorted(each for each in others if not is_in_the_making(each)):
        with contextlib.closing(route.connect(name)) as session:
            session.give_up_waiting()
            exists = session.value("SELECT to_regclass(:ledger) IS NOT NULL", ledger=_LEDGER)
            if exists and session.value(f"SELECT EXISTS (SELECT FROM {_LEDGER})"):
                found.append(name)
    return tuple(found)


def _read(route: Route, question: Question) -> tuple[dict[str, t.Any], bool]:
    """Read what one session shows, and whether it was inside the application database."""
    try:
        session, inside = route.connect(question.database), True
    except postgresql.UndefinedDatabase:
        session, inside = route.connect(MAINTENANCE_DATABASE), False
    with contextlib.closing(session):
        session.give_up_waiting()
        seen = _observe_server(session, route, question)
        if inside:
            seen |= _observe_database(session, question, seen)
    return seen, inside


def _observe_server(session: postgresql.Session, route: Route, question: Question) -> dict[str, t.Any]:
    version, identifier, superuser, backends = session.rows(
        "SELECT current_setting('server_version_num')::int, system_identifier::text,"
        " current_setting('is_superuser') = 'on',"
        " (SELECT count(*) FROM pg_stat_activity WHERE datname = :database AND backend_type = 'client backend'"
        " AND application_name <> :own AND usename <> ALL (:application)) FROM pg_control_system()",
        database=question.database,
        own=postgresql.APPLICATION_NAME,
        application=[role for role in names.ROLE_KEYS if role != names.SUPERUSER],
    )[0]
    databases = session.rows(
        "SELECT datname, coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE NOT datistemplate"
    )
    return {
        "server": route.where,
        "user": route.user,
        "database": question.database,
        "databases": dict(databases),
        "server_version": version,
        "system_identifier": identifier,
        "superuser_match": _matches(session, route) if superuser else None,
        "backends": backends,
        "read_only": read_only.read(session, route.where, question.database),
        "contract": question.contract,
        "expected": question.expected,
        "identities": route.identities,
        "demonstration_allowed": not question.production,
    }


def _matches(session: postgresql.Session, route: Route) -> bool | None:
    """Compare the password at hand with the verifier that only a superuser may read (pg_authid)."""
    stored = session.rows("SELECT rolpassword FROM pg_authid WHERE rolname = :role", role=route.user)
    if route.password is None or not stored or not stored[0][0]:
        return None
    return matches(route.password.encode(), stored[0][0], role=route.user)


def _observe_database(session: postgresql.Session, question: Question, server: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    tables = {
        f"{schema}.{table}"
        for schema, table in session.rows(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
    }
    filled = marked_filled(server["databases"].get(question.database, ""))
    made = properties.read(session, server["server_version"])
    seen: dict[str, t.Any] = {"tables": len(tables), "filled": filled, "properties": made}
    if "public.knex_migrations" in tables:
        seen["migrations"] = tuple(row[0] for row in session.rows("SELECT name FROM public.knex_migrations ORDER BY id"))
    if "public.knex_migrations_lock" in tables:
        locked = session.value("SELECT coalesce(max(is_locked), 0) FROM public.knex_migrations_lock")
        seen["locked"] = bool(locked)
    if _LEDGER in tables:
        seen |= _observe_ledger(session)
    if names.TENANT_LEDGER in tables:
        begun = session.value(f"SELECT EXISTS (SELECT 1 FROM {names.TENANT_LEDGER} WHERE completed IS NULL)")
        seen["tenant_begun"] = bool(begun)
    if seen.get("locked") and server["backends"]:
        return seen  # A migration may hold its tables for hours; who counted their rows now would wait for it.
    seen["lacks"] = grants.lacking(session)
    if f"public.{names.LICENSE_TABLE}" in tables:
        seen["licensed"] = bool(session.value(f"SELECT EXISTS (SELECT 1 FROM public.{names.LICENSE_TABLE})"))
    contract = question.contract
    present = [table for table in contract.tables if f"public.{table}" in tables]
    seen["rows"] = {**dict.fromkeys(contract.tables), **_count(session, present, contract.most_rows)}
    seen["demonstration"] = _is_demonstration(session, contract.demonstration)
    return seen


def _count(session: postgresql.Session, tables: t.Sequence[str], most: int) -> dict[str, int]:
    """Count the rows of each table up to a limit, in one query.

    :param most: the greatest number that has to be told apart; nobody counts a million users to see that there are some.
    """
    if not tables:
        return {}
    counted = (
        f"(SELECT count(*) FROM (SELECT 1 FROM public.{postgresql.identifier(table)} LIMIT {max(ROW_LIMIT, most)}) AS counted)"
        for table in tables
    )
    return dict(zip(tables, session.rows(f"SELECT {', '.join(counted)}")[0], strict=True))


def _observe_ledger(session: postgresql.Session) -> dict[str, t.Any]:
    columns = (
        "run",
        "mode",
        "image",
        "image_id",
        "seed_set",
        "collection_version",
        "system_identifier",
        "outcome",
        "finished_at",
    )
    texts = ", ".join(f"{column}::text" for column in columns)
    newest = session.rows(f"SELECT {texts} FROM {_LEDGER} ORDER BY finished_at DESC LIMIT 1")
    seeded = session.rows(
        f"SELECT seed_set, filled_by_migrations FROM {_LEDGER} WHERE seed_set <> '' ORDER BY finished_at LIMIT 1"
    )
    runs = session.rows(f"SELECT run::text FROM {_LEDGER}")
    found: dict[str, t.Any] = {
        "ledger": dict(zip(columns, newest[0], strict=True)) if newest else {},
        "recorded": tuple(row[0] for row in runs),
    }
    if seeded:
        found |= {"ledger_seeded": seeded[0][0], "filled": tuple(seeded[0][1])}
    return found


def _is_demonstration(session: postgresql.Session, fingerprint: Demonstration) -> bool:
    """Look for the demo tenant that the dev seeds make (contract, Counts: tenant 'Oz')."""
    columns = session.rows(
        "SELECT 1 FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = :table AND column_name = :column",
        table=fingerprint.table,
        column=fingerprint.column,
    )
    if not columns:
        return False
    table, column = postgresql.identifier(fingerprint.table), postgresql.identifier(fingerprint.column)
    return bool(
        session.value(
            f"SELECT EXISTS (SELECT 1 FROM public.{table} WHERE {column}::text = ANY (cast(:values AS text[])))",
            values=list(fingerprint.values),
        )
    )
