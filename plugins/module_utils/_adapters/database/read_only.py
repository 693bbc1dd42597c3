# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read whether the application can write: recovery, and every place from which a session gets its setting (R4)."""

from __future__ import annotations

from ..._core.database.read_only import HIDING_SOURCES, SETTING, Assigned, ServerSetting, reasons
from ..._core.findings import Finding
from .postgresql import Session

_PLACE = "coalesce(sourcefile, ''), coalesce(sourceline, 0)"


def read(session: Session, server: str, database: str) -> tuple[Finding, ...]:
    """Read everything that keeps the appliance's roles from writing.

    :param server: the server as a person would name it.
    :raises ObservationFailed: when it could not be read.
    """
    in_recovery, *shown = session.rows(
        f"SELECT pg_is_in_recovery(), setting::boolean, source, {_PLACE} FROM pg_settings WHERE name = :setting", setting=SETTING
    )[0]
    setting = ServerSetting(*shown)
    assigned = session.rows(
        "SELECT coalesce(datname, ''), coalesce(rolname, ''), split_part(entry, '=', 2)::boolean"
        " FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS entry"
        " LEFT JOIN pg_database ON pg_database.oid = setdatabase LEFT JOIN pg_roles ON pg_roles.oid = setrole"
        " WHERE split_part(entry, '=', 1) = :setting",
        setting=SETTING,
    )
    if setting.source in HIDING_SOURCES:
        setting = _of_the_files(session)
    return reasons(
        server, database, in_recovery=in_recovery, setting=setting, assigned=[Assigned(*values) for values in assigned]
    )


def _of_the_files(session: Session) -> ServerSetting:
    """What the server's own files say, where this session's role or database hides it."""
    found = session.rows(
        f"SELECT setting::boolean, 'configuration file', {_PLACE} FROM pg_file_settings WHERE name = :setting AND applied"
        " ORDER BY seqno DESC LIMIT 1",
        setting=SETTING,
    )
    return ServerSetting(*found[0]) if found else ServerSetting()
