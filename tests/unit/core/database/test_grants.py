# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the application's roles lack, in one sentence with the way back (R5)."""

from __future__ import annotations

from ansible_collections.alga.appliance.plugins.module_utils._core.database.grants import Lack, On, finding, roles

TABLES = Lack("app_user", On.TABLES, ("INSERT", "SELECT"), ("roles", "tenants", "tickets", "users", "webhooks"))
LATER = Lack("app_user", On.LATER_TABLES, ("INSERT", "SELECT"))
CONNECT = Lack("app_user_pgbouncer", On.DATABASE, ("CONNECT",), ("server",))


def test_what_roles_lack_is_named_by_role_and_some_of_the_objects_r5() -> None:
    found = finding("server", [TABLES, LATER, CONNECT])
    assert found is not None
    assert found.message.endswith(
        "Role app_user lacks INSERT, SELECT on tables roles, tenants, tickets and 2 more; INSERT, SELECT on future tables. Role "
        "app_user_pgbouncer lacks CONNECT on database 'server'."
    )
    assert "recover.yml" in found.next_action
    assert roles([TABLES, LATER, CONNECT]) == ("app_user", "app_user_pgbouncer")


def test_who_lacks_nothing_is_not_mentioned_r5() -> None:
    assert finding("server", []) is None
