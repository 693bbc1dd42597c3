# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the first tenant from the application's tables, and write what the collection's ledger says about it."""

from __future__ import annotations

import contextlib
import typing as t

from ..._core import names
from ..._core.credentials.digest import Match, Parameters, compare, explain
from ..._core.tenant.tenant import Administrator, Entry, Wanted
from ..database.database import ROW_LIMIT
from ..database.postgresql import Session, identifier
from ..database.server import InCluster

LEDGER = names.TENANT_LEDGER
MOST_TENANTS = 50


class Found(t.NamedTuple):
    """What one session read."""

    tenants: dict[str, str]
    rows: dict[str, int]
    administrators: tuple[Administrator, ...]
    entry: Entry | None


def observe(server: InCluster, wanted: Wanted, pepper: str, how: Parameters) -> Found:
    """Read the tenants, the rows that a tenant owns, the administrator and the ledger, over one session.

    The stored digest is compared here and goes no further.

    :raises ObservationFailed: when anything could not be read.
    """
    with contextlib.closing(server.connect(names.DATABASE)) as session:
        tenants = session.rows(f"SELECT tenant::text, client_name FROM public.tenants ORDER BY created_at LIMIT {MOST_TENANTS}")
        counts = (
            f"(SELECT count(*) FROM (SELECT 1 FROM public.{identifier(table)} LIMIT {ROW_LIMIT}) AS counted)"
            for table in names.SEED_TABLES
        )
        rows = session.rows(f"SELECT {', '.join(counts)}")[0]
        # The application stores emails in lower case; a client's contact may have the same one.
        users = session.rows(
            "SELECT tenant::text, coalesce(hashed_password, '') FROM public.users"
            " WHERE lower(email) = lower(:email) AND user_type = 'internal'",
            email=wanted.email,
        )
        entry = _entry(session)
    return Found(
        dict(t.cast("list[tuple[str, str]]", tenants)),
        dict(zip(names.SEED_TABLES, rows, strict=True)),
        tuple(_administrator(tenant, stored, wanted, pepper, how) for tenant, stored in users),
        entry,
    )


def _administrator(tenant: str, stored: str, wanted: Wanted, pepper: str, how: Parameters) -> Administrator:
    match = compare(wanted.password, stored, pepper, how)
    mistake = explain(wanted.password, stored, pepper, how) if match is Match.MISMATCH else ""
    return Administrator(tenant, match, mistake)


def _entry(session: Session) -> Entry | None:
    if not session.value("SELECT to_regclass(:ledger) IS NOT NULL", ledger=LEDGER):
        return None
    columns = ("tenant", "name", "seeds_begun", "seeds_ended", "completed")
    texts = ", ".join(f"coalesce({column}::text, '')" for column in columns)
    found = session.rows(f"SELECT {texts} FROM {LEDGER} ORDER BY begun DESC LIMIT 1")
    return Entry(*found[0]) if found else None


def begin(server: InCluster, tenant: str, name: str) -> None:
    """Record that a tenant is about to be made under this id, before anything is made."""
    with contextlib.closing(server.connect(names.DATABASE)) as session:
        session.execute("create the ledger's schema", f"CREATE SCHEMA IF NOT EXISTS {names.LEDGER_SCHEMA}")
        session.execute(
            "create the ledger of tenants",
            f"CREATE TABLE IF NOT EXISTS {LEDGER} (tenant uuid PRIMARY KEY, name text NOT NULL,"
            " collection_version text NOT NULL, begun timestamptz NOT NULL DEFAULT now(), seed_set text NOT NULL DEFAULT '',"
            " seeds_begun timestamptz, seeds_ended timestamptz, completed timestamptz)",
        )
        session.execute(
            "record that the tenant was started",
            f"INSERT INTO {LEDGER} (tenant, name, collection_version) VALUES (cast(:tenant AS uuid), :name, :version)"
            " ON CONFLICT (tenant) DO UPDATE SET name = EXCLUDED.name",
            tenant=tenant,
            name=name,
            version=names.COLLECTION_VERSION,
        )


def begin_seeds(server: InCluster, tenant: str, seed_set: str) -> None:
    """Record that the seed set is about to run with a tenant."""
    with contextlib.closing(server.connect(names.DATABASE)) as session:
        session.execute(
            "record that the seeds were started",
            f"UPDATE {LEDGER} SET seed_set = :seed_set, seeds_begun = now() WHERE tenant = cast(:tenant AS uuid)",
            tenant=tenant,
            seed_set=seed_set,
        )


def end_seeds(server: InCluster, tenant: str) -> None:
    """Record that the seeds ran to their end."""
    with contextlib.closing(server.connect(names.DATABASE)) as session:
        session.execute(
            "record that the seeds finished",
            f"UPDATE {LEDGER} SET seeds_ended = now() WHERE tenant = cast(:tenant AS uuid) AND seeds_ended IS NULL",
            tenant=tenant,
        )


def complete(server: InCluster, tenant: str) -> None:
    """Record that rows and digest were seen to be right."""
    with contextlib.closing(server.connect(names.DATABASE)) as session:
        session.execute(
            "record that the tenant is complete",
            f"UPDATE {LEDGER} SET completed = now(), seeds_ended = coalesce(seeds_ended, now())"
            " WHERE tenant = cast(:tenant AS uuid) AND completed IS NULL",
            tenant=tenant,
        )
