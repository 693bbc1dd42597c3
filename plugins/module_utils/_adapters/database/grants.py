# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application roles' privileges: granted as the first run does, and looked at as PostgreSQL itself would check them (R5)."""

from __future__ import annotations

import contextlib
import typing as t

from ..._core import names
from ..._core.database.grants import ON_SEQUENCES, ON_TABLES, ROLES, Lack, On
from .postgresql import Session, identifier
from .server import InCluster

_TABLES, _SEQUENCES = ", ".join(ON_TABLES), ", ".join(ON_SEQUENCES)
# What migrations make belongs to the superuser, so only his default privileges count. A membership, PUBLIC and a superuser's
# attribute count too, since PostgreSQL asks no further.
_LATER = (
    "SELECT role.name, '{on}', privilege, NULL, role.super OR EXISTS ("
    "SELECT FROM pg_default_acl, aclexplode(defaclacl) AS entry WHERE defaclrole = (SELECT oid FROM pg_roles WHERE rolname ="
    " :owner) AND defaclobjtype = '{kind}' AND defaclnamespace IN (0, public.oid) AND privilege_type = privilege"
    " AND entry.grantee IN (0, role.oid)) FROM role, public, unnest(cast(:{privileges} AS text[])) AS privilege"
)
_NOW = (
    "SELECT role.name, '{on}', privilege, relname, {function}(role.oid, pg_class.oid, privilege) FROM role, public, pg_class,"
    " unnest(cast(:{privileges} AS text[])) AS privilege WHERE relnamespace = public.oid"
    " AND relkind = ANY (cast(:{kinds} AS text[]))"
)
_LACKING = (
    "WITH role AS (SELECT oid, rolname AS name, rolsuper AS super FROM pg_roles WHERE rolname = ANY (:roles)),"
    " public AS (SELECT oid FROM pg_namespace WHERE nspname = 'public'),"
    " granted (role, kind, privilege, object, has) AS ("
    f"SELECT role.name, '{On.DATABASE}', 'CONNECT', current_database(),"
    " has_database_privilege(role.oid, current_database(), 'CONNECT') FROM role"
    f" UNION ALL SELECT role.name, '{On.SCHEMA}', 'USAGE', 'public', has_schema_privilege(role.oid, public.oid, 'USAGE')"
    " FROM role, public UNION ALL "
    + " UNION ALL ".join(
        (
            _NOW.format(on=On.TABLES, function="has_table_privilege", privileges="on_tables", kinds="table_kinds"),
            _NOW.format(on=On.SEQUENCES, function="has_sequence_privilege", privileges="on_sequences", kinds="sequence_kinds"),
            _LATER.format(on=On.LATER_TABLES, kind="r", privileges="on_tables"),
            _LATER.format(on=On.LATER_SEQUENCES, kind="S", privileges="on_sequences"),
        )
    )
    + ") SELECT role, kind, array_agg(DISTINCT privilege), array_remove(array_agg(DISTINCT object::text), NULL)"
    " FROM granted WHERE NOT has GROUP BY role, kind ORDER BY role, kind"
)


def lacking(session: Session) -> tuple[Lack, ...]:
    """Read what the application's roles lack in the session's database; a role that does not exist lacks nothing here.

    :raises ObservationFailed: when it could not be read.
    """
    found = session.rows(
        _LACKING,
        roles=list(ROLES),
        owner=names.SUPERUSER,
        on_tables=list(ON_TABLES),
        on_sequences=list(ON_SEQUENCES),
        # Tables, partitioned and foreign ones, views and materialized views: GRANT ... ON ALL TABLES.
        table_kinds=["r", "p", "f", "v", "m"],
        sequence_kinds=["S"],
    )
    return tuple(Lack(role, On(kind), tuple(privileges), tuple(objects)) for role, kind, privileges, objects in found)


def grant(server: InCluster, session: Session, database: str, roles: t.Iterable[str]) -> None:
    """Let the application's roles use a database: what is in it, and what migrations will make.

    :param roles: those of them that are not the application's get nothing here.
    """
    granted = [role for role in roles if role in ROLES]
    for role in granted:
        session.execute(f"allow {role} to connect", f"GRANT CONNECT ON DATABASE {identifier(database)} TO {identifier(role)}")
    if not granted:
        return
    with contextlib.closing(server.connect(database)) as inside:
        for role in map(identifier, granted):
            inside.execute("grant usage", f"GRANT USAGE ON SCHEMA public TO {role}")
            inside.execute("grant tables", f"GRANT {_TABLES} ON ALL TABLES IN SCHEMA public TO {role}")
            inside.execute("grant sequences", f"GRANT {_SEQUENCES} ON ALL SEQUENCES IN SCHEMA public TO {role}")
            inside.execute(
                "set default privileges for tables",
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {_TABLES} ON TABLES TO {role}",
            )
            inside.execute(
                "set default privileges for sequences",
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {_SEQUENCES} ON SEQUENCES TO {role}",
            )
