# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a database whose encoding, locale and template are said, and read how one was made (R17, R26)."""

from __future__ import annotations

from ..._core.database.properties import LOCALES, TEMPLATE, Properties, options
from .postgresql import Session, identifier

# Databases record a collation version since PostgreSQL 15.
_VERSIONS = "coalesce(datcollversion, ''), coalesce(pg_database_collation_actual_version(oid), '')"
_WITH_VERSIONS = 150000


def create(session: Session, database: str, *, owner: str = "") -> None:
    """Create a database.

    :param owner: a role; without one it is the session's own.
    """
    encoding = session.rows("SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = :template", template=TEMPLATE)
    known = session.rows(
        "SELECT collcollate FROM pg_collation WHERE collprovider = 'c' AND collcollate = ANY (:locales)", locales=list(LOCALES)
    )
    chosen = options(encoding[0][0] if encoding else "", [row[0] for row in known])
    owned = f"OWNER {identifier(owner)} " if owner else ""
    session.execute(f"create database '{database}' ({chosen})", f"CREATE DATABASE {identifier(database)} {owned}{chosen}")


def read(session: Session, server_version: int) -> Properties:
    """Read how the session's database was made.

    :raises ObservationFailed: when it could not be read.
    """
    versions = _VERSIONS if server_version >= _WITH_VERSIONS else "'', ''"
    found = session.rows(
        f"SELECT pg_encoding_to_char(encoding), datctype, datconnlimit, {versions} FROM pg_database"
        " WHERE datname = current_database()"
    )
    return Properties(*found[0])
