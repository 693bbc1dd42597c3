# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A half-made tenant's rows are kept before they go, in one statement; a row that cannot go stops all of it (R33)."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.server import InCluster
from ansible_collections.alga.appliance.plugins.module_utils._adapters.tenant import tenant_rows
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedPostgresql, SqlError, Statement

KEPT = Statement(names.DATABASE, f"CREATE TABLE IF NOT EXISTS {names.TENANT_ROWS}")


def moved(ports: Ports, move: Statement) -> ScriptedPostgresql:
    made = ports.postgresql({names.DATABASE: {}}, writes=[KEPT, move])
    server = InCluster(ports.api({}, there=complete.objects(), forwards=True), Appliance("msp"))
    tenant_rows.set_aside(server, complete.TENANT)
    return made


def test_rows_are_copied_before_the_first_one_is_deleted_and_nobody_writes_meanwhile_r33(ports: Ports) -> None:
    made = moved(ports, Statement(names.DATABASE, "DO $move$"))
    move = made.ran[-1].sql
    order = [
        move.index(words) for words in ("LOCK TABLE", "FROM public.users", f"INSERT INTO {names.TENANT_ROWS}", "DELETE FROM")
    ]
    assert order == sorted(order) and f"'{complete.TENANT}'" in move


def test_a_row_that_cannot_go_is_told_in_postgresqls_words_r33(ports: Ports) -> None:
    refused = SqlError("P0001", "table notes refers to rows of tenants but does not show to which tenant its own rows belong")
    with pytest.raises(ActionFailed, match="table notes refers to rows of tenants"):
        moved(ports, Statement(names.DATABASE, "DO $move$", refused))
