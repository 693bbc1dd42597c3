# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the application can write at all: a server in recovery, and every place of ``default_transaction_read_only`` (R4).

A session of the collection's own proves nothing about it: what PostgreSQL gives a role in a database comes from four places, and
the collection is another role.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .. import names
from ..findings import Finding

SETTING = "default_transaction_read_only"
# Where pg_settings names one of these as the source, a role or a database hides what the server itself has.
HIDING_SOURCES = ("global", "database", "user", "database user")
_AUTOMATIC = "postgresql.auto.conf"
# A session may be read-only itself, and then changes no role and no database.
_FIRST = f"SET {SETTING} = off;"


@dataclass(frozen=True)
class ServerSetting:
    """What every session gets where no role and no database has another value (``pg_settings``).

    :param source: configuration file, command line and so on, in PostgreSQL's words.
    """

    on: bool = False
    source: str = "default"
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Assigned:
    """A value of ``pg_db_role_setting``; an empty database or role stands for every one."""

    database: str
    role: str
    on: bool


def reasons(
    server: str,
    database: str,
    *,
    in_recovery: bool,
    setting: ServerSetting,
    assigned: t.Iterable[Assigned],
) -> tuple[Finding, ...]:
    """Everything that keeps the appliance's roles from writing; nothing where they can.

    :param server: the server as a person would name it.
    :param database: the application database; the collaboration server has its own.
    :param in_recovery: ``pg_is_in_recovery()``.
    """
    found = [_recovery(server)] if in_recovery else []
    given = {(each.database, each.role): each for each in assigned}
    enters = {role: names.COLLABORATION_DATABASE if role == names.COLLABORATION_ROLE else database for role in names.ROLE_KEYS}
    decides = [_deciding(given, entered, role) for role, entered in enters.items()]
    if setting.on and None in decides:
        found.append(_of_the_server(setting))
    return (*found, *(_of(each) for each in dict.fromkeys(decides) if each is not None and each.on))


def _deciding(given: t.Mapping[tuple[str, str], Assigned], database: str, role: str) -> Assigned | None:
    """The most particular value, as PostgreSQL looks for it (documentation, ALTER ROLE); none where the server's counts."""
    places = ((database, role), ("", role), (database, ""), ("", ""))
    return next((given[place] for place in places if place in given), None)


def _recovery(server: str) -> Finding:
    return Finding(
        f"PostgreSQL on {server} is in recovery (pg_is_in_recovery()): it is a standby, or a restore has not finished.",
        "If a restore is running, wait until it has finished. If this is a standby, set alga_db_service to its primary's "
        "Service; promote it only if the primary is permanently lost: SELECT pg_promote().",
    )


def _of_the_server(setting: ServerSetting) -> Finding:
    place = f"{setting.source} {setting.file}, line {setting.line}" if setting.file else setting.source
    if setting.file.endswith(_AUTOMATIC):
        undo = f"ALTER SYSTEM RESET {SETTING}; then SELECT pg_reload_conf();"
    elif setting.file:
        undo = f"remove it from {setting.file}, line {setting.line}, then SELECT pg_reload_conf();"
    else:
        undo = f"remove it from the {setting.source} with which the pod starts PostgreSQL."
    return Finding(
        f"{SETTING} is on for every session ({place}).",
        "Find out who set it and whether the reason still applies, for example a move to another server. Then undo it as the "
        f"superuser: {undo}",
    )


def _of(each: Assigned) -> Finding:
    role, database = each.role, each.database
    if role:
        what, change = f"role {role}", f"ALTER ROLE {role}" + (f" IN DATABASE {database}" if database else "")
        what += f" in database '{database}'" if database else ""
    elif database:
        what, change = f"database '{database}'", f"ALTER DATABASE {database}"
    else:
        what, change = "every role", "ALTER ROLE ALL"
    return Finding(
        f"{SETTING} is on for {what} (pg_db_role_setting).",
        f"Find out who set it and why. Then undo it as the superuser, one statement after the other: {_FIRST} {change} RESET "
        f"{SETTING}; open sessions keep it until they end, so restart the connected clients.",
    )
