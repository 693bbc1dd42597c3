# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the application can write: every place from which PostgreSQL takes the setting, and which of them counts (R4)."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.database.read_only import Assigned, ServerSetting, reasons
from ansible_collections.alga.appliance.plugins.module_utils._core.findings import Finding

OFF = ServerSetting()
AUTO = ServerSetting(True, "configuration file", "/data/postgresql.auto.conf", 3)
FILE = ServerSetting(True, "configuration file", "/etc/postgresql.conf", 41)
COMMAND = ServerSetting(True, "command line")


def found(setting: ServerSetting, *assigned: Assigned, in_recovery: bool = False) -> tuple[Finding, ...]:
    return reasons("db.msp", "server", in_recovery=in_recovery, setting=setting, assigned=assigned)


@pytest.mark.parametrize(
    ("setting", "assigned", "named", "undone"),
    [
        (AUTO, (), "(configuration file /data/postgresql.auto.conf, line 3)", "ALTER SYSTEM RESET"),
        (FILE, (), "(configuration file /etc/postgresql.conf, line 41)", "remove it from /etc/postgresql.conf, line 41"),
        (COMMAND, (), "(command line)", "remove it from the command line"),
        (OFF, (Assigned("server", "", True),), "database 'server'", "ALTER DATABASE server RESET"),
        (OFF, (Assigned("hocuspocus", "", True),), "database 'hocuspocus'", "ALTER DATABASE hocuspocus RESET"),
        (OFF, (Assigned("", "app_user", True),), "role app_user ", "ALTER ROLE app_user RESET"),
        (OFF, (Assigned("", "", True),), "every role", "ALTER ROLE ALL RESET"),
        (
            OFF,
            (Assigned("server", "app_user_pgbouncer", True),),
            "role app_user_pgbouncer in database 'server'",
            "ALTER ROLE app_user_pgbouncer IN DATABASE server RESET",
        ),
        # What is said of a role counts more than what is said of the database, and that more than what is said of the server.
        (OFF, (Assigned("server", "", False), Assigned("", "app_user", True)), "role app_user ", "ALTER ROLE app_user RESET"),
        (AUTO, (Assigned("", "app_user", False),), "for every session", "ALTER SYSTEM RESET"),
    ],
)
def test_what_keeps_a_role_from_writing_is_named_with_its_place_and_the_way_back_r4(
    setting: ServerSetting, assigned: tuple[Assigned, ...], named: str, undone: str
) -> None:
    [reason] = found(setting, *assigned)
    assert named in reason.message
    assert undone in reason.next_action


@pytest.mark.parametrize(
    ("setting", "assigned"),
    [
        (OFF, ()),
        (OFF, (Assigned("elsewhere", "", True), Assigned("", "a_reporting_role", True))),
        (OFF, (Assigned("elsewhere", "app_user", True),)),
        # The collaboration server's role never enters the application's database, nor the application the other one.
        (OFF, (Assigned("hocuspocus", "app_user", True), Assigned("server", "hocuspocus_user", True))),
        (OFF, (Assigned("", "app_user", True), Assigned("server", "app_user", False))),
        (AUTO, (Assigned("server", "", False), Assigned("hocuspocus", "", False))),
        (AUTO, (Assigned("", "", False),)),
    ],
)
def test_what_stops_none_of_the_appliance_s_roles_is_nothing_r4(setting: ServerSetting, assigned: tuple[Assigned, ...]) -> None:
    assert found(setting, *assigned) == ()


def test_a_server_in_recovery_cannot_be_written_whatever_its_settings_r4() -> None:
    [reason] = found(OFF, in_recovery=True)
    assert "pg_is_in_recovery()" in reason.message and "pg_promote()" in reason.next_action
    assert len(found(AUTO, in_recovery=True)) == 2
