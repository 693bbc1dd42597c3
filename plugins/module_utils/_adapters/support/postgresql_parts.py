# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What PostgreSQL knows of itself, as parts of a support bundle: no statement, which may hold data, and no row of a customer."""

from __future__ import annotations

import contextlib
import functools
import json
import typing as t

from ..._core import names
from ..._core.database.database import MAINTENANCE_DATABASE
from ..._core.errors import ObservationFailed
from ..._core.support.bundle import Part
from ..database.postgresql import Session
from ..database.server import InCluster
from .objects import read

# Of what only says how to get somewhere else, the value may hold a password (PostgreSQL: primary_conninfo, archive_command).
_SETTINGS = (
    "SELECT name, CASE WHEN name ~ 'conninfo|_command$|passphrase' THEN '(hidden)' ELSE setting END AS setting, unit, source"
    " FROM pg_settings WHERE source <> 'default' ORDER BY name"
)
_ACTIVITY = (
    "SELECT pid, datname, usename, application_name, client_addr::text, backend_type, state, wait_event_type, wait_event,"
    " backend_start, xact_start, query_start, pg_blocking_pids(pid) AS blocked_by FROM pg_stat_activity ORDER BY backend_start"
)
_DATABASES = (
    "SELECT datname, pg_get_userbyid(datdba) AS owner, pg_size_pretty(pg_database_size(oid)) AS size,"
    " pg_encoding_to_char(encoding) AS encoding, datcollate, datctype, datconnlimit, age(datfrozenxid) AS xid_age"
    " FROM pg_database ORDER BY datname"
)
_ROLES = (
    "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolconnlimit, rolvaliduntil"
    " FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname"
)
_TABLES = (
    "SELECT schemaname, relname, n_live_tup, n_dead_tup, pg_size_pretty(pg_total_relation_size(relid)) AS size, last_autovacuum,"
    " last_autoanalyze FROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC"
)
_LEDGER = f"SELECT * FROM {names.LEDGER_SCHEMA}.runs ORDER BY finished_at"  # noqa: S608  # made of constants
_MIGRATIONS = "SELECT name, batch, migration_time FROM knex_migrations ORDER BY id"
# What a tenant may be called by, in whichever of these columns the application's version has.
_TENANTS = "SELECT to_jsonb(tenants)::text FROM tenants"
_NAMING = ("tenant", "client_name", "company_name", "tenant_name", "name")


_SERVER_S = {
    "settings": ("The settings that are not the default", _SETTINGS),
    "activity": ("Who is connected, and what waits for whom; no statements", _ACTIVITY),
    "databases": ("The databases", _DATABASES),
    "roles": ("The roles, without passwords", _ROLES),
}
_APPLICATION_S = {
    "tables": (f"The tables of database '{names.DATABASE}', the largest first", _TABLES),
    "migrations": ("The migrations that were run", _MIGRATIONS),
    "ledger": ("The runs that the collection recorded", _LEDGER),
}


class Statistics:
    """One PostgreSQL, asked over one session for each database."""

    def __init__(self, server: InCluster) -> None:
        self._server = server

    def parts(self) -> list[Part]:
        """Settings, activity, databases and roles of the server; tables, migrations and ledger of the application's database."""
        return [*self._of(MAINTENANCE_DATABASE, _SERVER_S), *self._of(names.DATABASE, _APPLICATION_S)]

    def tenants(self) -> list[str]:
        """What the tenants are called; nothing where they cannot be read, for then no other part of a row is read either."""
        try:
            with contextlib.closing(self._server.connect(names.DATABASE)) as session:
                rows = [json.loads(str(row[0])) for row in session.rows(_TENANTS)]
        except ObservationFailed:
            return []
        return [value for row in rows for key in _NAMING if isinstance(value := row.get(key), str)]

    def _of(self, database: str, asked: t.Mapping[str, tuple[str, str]]) -> list[Part]:
        files = {f"postgresql/{name}.txt": each for name, each in asked.items()}
        try:
            with contextlib.closing(self._server.connect(database)) as session:
                session.give_up_waiting()
                return [read(file, about, functools.partial(_rows, session, sql)) for file, (about, sql) in files.items()]
        except ObservationFailed as error:
            return [Part(file, about, missing=error.message) for file, (about, _sql) in files.items()]


def _rows(session: Session, sql: str) -> str:
    """The rows as JSON, a line each, so that no value can be taken for two."""
    rows = session.rows(f"SELECT row_to_json(shown)::text FROM ({sql}) AS shown")  # noqa: S608  # constants of this file
    return "".join(f"{row[0]}\n" for row in rows)
