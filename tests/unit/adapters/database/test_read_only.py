# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether anything can be written is read from every place that decides it; what could not be read is not writable (R4)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import read_only
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import LOST, Reply, SqlError

SHOWN, ASSIGNED, FILES = "pg_is_in_recovery", "FROM pg_db_role_setting", "FROM pg_file_settings"
WRITABLE = {SHOWN: [[False, False, "default", "", 0]], ASSIGNED: []}


def read(ports: Ports, seen: t.Mapping[str, t.Any]) -> str:
    server = ports.postgresql({"server": seen})
    session = server.connect(where="db.msp", user="postgres", password="", database="server")
    return " ".join(f"{each.message} {each.next_action}" for each in read_only.read(session, "db.msp", "server"))


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (WRITABLE, ""),
        ({**WRITABLE, SHOWN: [[True, False, "default", "", 0]]}, "pg_promote"),
        ({**WRITABLE, SHOWN: [[False, True, "configuration file", "/d/postgresql.auto.conf", 3]]}, "ALTER SYSTEM RESET"),
        ({**WRITABLE, ASSIGNED: [["server", "", True]]}, "ALTER DATABASE server RESET"),
        ({**WRITABLE, ASSIGNED: [["", "app_user", True]]}, "ALTER ROLE app_user RESET"),
        # Of the superuser's own role alone, and a database or a role that is not the appliance's.
        ({**WRITABLE, ASSIGNED: [["other", "", True], ["", "reader", True]]}, ""),
    ],
)
def test_each_place_is_named_with_its_way_back_r4(ports: Ports, seen: dict[str, t.Any], said: str) -> None:
    found = read(ports, seen)
    assert said in found and bool(found) is bool(said)


@pytest.mark.parametrize(("files", "on"), [([[True, "configuration file", "/d/postgresql.conf", 9]], True), ([], False)])
def test_what_a_session_hides_is_read_from_the_files_r4(ports: Ports, files: t.Any, on: bool) -> None:
    hidden = {SHOWN: [[False, False, "user", "", 0]], ASSIGNED: [["", "postgres", False]], FILES: files}
    assert ("/d/postgresql.conf, line 9" in read(ports, hidden)) is on


@pytest.mark.parametrize("reply", [SqlError("42501"), SqlError("57014"), LOST])
@pytest.mark.parametrize("unread", [SHOWN, ASSIGNED])
def test_what_could_not_be_read_is_not_writable_u6(ports: Ports, unread: str, reply: Reply) -> None:
    with pytest.raises(ObservationFailed):
        read(ports, {**WRITABLE, unread: reply})
