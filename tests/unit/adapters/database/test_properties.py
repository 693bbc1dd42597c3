# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A database is made with encoding, locale and template said, and read as PostgreSQL has it (R26)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import properties
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedPostgresql, SqlError, Statement

ENCODING, KNOWN = "FROM pg_database WHERE datname = :template", "FROM pg_collation"


def session(server: ScriptedPostgresql) -> t.Any:
    return server.connect(where="db.msp", user="postgres", password="", database="postgres")


@pytest.mark.parametrize(
    ("encoding", "known", "said"),
    [
        ("UTF8", [], "TEMPLATE template0 ENCODING 'UTF8'"),
        ("SQL_ASCII", [["C.UTF-8"]], "LOCALE 'C.UTF-8'"),
        ("SQL_ASCII", [], "LOCALE 'C'"),
    ],
)
def test_encoding_and_locale_are_never_left_to_what_is_there_r26(ports: Ports, encoding: str, known: t.Any, said: str) -> None:
    seen = {ENCODING: [[encoding]], KNOWN: known}
    server = ports.postgresql(
        {"postgres": seen}, writes=[Statement("postgres", "CREATE DATABASE x OWNER hocuspocus_user TEMPLATE")]
    )
    properties.create(session(server), "x", owner="hocuspocus_user")
    assert said in server.ran[0].sql


def test_a_template_that_differs_is_said_in_postgresqls_words_r17(ports: Ports) -> None:
    fails = SqlError("XX000", "template database has a collation version mismatch")
    server = ports.postgresql(
        {"postgres": {ENCODING: [["UTF8"]], KNOWN: []}}, writes=[Statement("postgres", "CREATE DATABASE", fails)]
    )
    with pytest.raises(ActionFailed, match="collation version mismatch"):
        properties.create(session(server), "x")


@pytest.mark.parametrize(("version", "asks"), [(140012, False), (150000, True)])
def test_collation_versions_are_asked_for_where_the_server_has_them(ports: Ports, version: int, asks: bool) -> None:
    row = [["UTF8", "en_US.utf8", -1, "2.36", "2.41"]]
    seen = {"datcollversion": row} if asks else {"datconnlimit, '', '' FROM": [["UTF8", "en_US.utf8", -1, "", ""]]}
    assert properties.read(session(ports.postgresql({"postgres": seen})), version).encoding == "UTF8"


def test_what_could_not_be_read_is_no_database_of_another_making(ports: Ports) -> None:
    server = ports.postgresql({"postgres": {"datconnlimit": SqlError("57014")}})
    with pytest.raises(ObservationFailed):
        properties.read(session(server), 170000)
