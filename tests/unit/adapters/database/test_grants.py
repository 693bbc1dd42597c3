# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the application roles lack is PostgreSQL's own judgement, and it is granted as the first run does (R5)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import grants
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.server import InCluster
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.database.grants import ROLES, Lack, On
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import LOST, Reply, SqlError, Statement

GRANTS = ["GRANT USAGE", "ON ALL TABLES", "ON ALL SEQUENCES", "ON TABLES TO", "ON SEQUENCES TO"]


def opened(ports: Ports, seen: Reply, sql: t.Sequence[Statement] = ()) -> tuple[InCluster, t.Any]:
    ports.postgresql({"postgres": {"WITH role AS": seen}, "server": {}}, everywhere=complete.everywhere({}), writes=sql)
    server = InCluster(ports.api({}, there=complete.objects(), forwards=True), Appliance("msp"))
    return server, server.connect("postgres")


def test_what_is_lacking_is_named_by_role_and_kind(ports: Ports) -> None:
    _server, session = opened(
        ports, [["app_user", On.TABLES.value, ["SELECT"], ["users"]], ["app_user", On.LATER_TABLES.value, ["INSERT"], []]]
    )
    assert grants.lacking(session) == (
        Lack("app_user", On.TABLES, ("SELECT",), ("users",)),
        Lack("app_user", On.LATER_TABLES, ("INSERT",), ()),
    )


@pytest.mark.parametrize("reply", [SqlError("42501"), SqlError("57014"), LOST])
def test_privileges_that_could_not_be_read_are_not_all_there_u6(ports: Ports, reply: Reply) -> None:
    with pytest.raises(ObservationFailed):
        grants.lacking(opened(ports, reply)[1])


def test_only_the_applications_roles_are_granted_anything(ports: Ports) -> None:
    connect = [Statement("postgres", f"GRANT CONNECT ON DATABASE server TO {role}") for role in ROLES]
    inside = [Statement("server", part) for _role in ROLES for part in GRANTS]
    server, session = opened(ports, [], [*connect, *inside])
    grants.grant(server, session, "server", [*ROLES, names.SUPERUSER, names.COLLABORATION_ROLE])


def test_nobody_to_grant_to_is_nothing_to_do(ports: Ports) -> None:
    server, session = opened(ports, [])
    grants.grant(server, session, "server", [names.COLLABORATION_ROLE])


def test_a_grant_that_is_refused_says_what_to_do(ports: Ports) -> None:
    server, session = opened(ports, [], [Statement("postgres", "GRANT CONNECT", SqlError("42501", "permission denied"))])
    with pytest.raises(ActionFailed, match=r"42501.*permission denied.*Grant the privilege to the role named here"):
        grants.grant(server, session, "server", ROLES)
