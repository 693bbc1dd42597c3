# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""PostgreSQL's part of a bundle: one missing table is one missing part, and a server that is down is all of them."""

from __future__ import annotations

import json
import re

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.server import InCluster
from ansible_collections.alga.appliance.plugins.module_utils._adapters.support import postgresql_parts
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports

FILES = {f"postgresql/{name}.txt" for name in ("settings", "activity", "databases", "roles", "tables", "migrations", "ledger")}


def statistics(ports: Ports, **more: object) -> postgresql_parts.Statistics:
    everywhere = {"row_to_json(shown)": [['{"a": 1}'], ['{"a": 2}']], **complete.everywhere({}), **more}
    ports.postgresql({"postgres": {}, "server": {}}, everywhere=everywhere)
    api = ports.api({}, there=complete.objects(), forwards=True)
    return postgresql_parts.Statistics(InCluster(api, Appliance("msp")))


def test_every_part_has_a_row_a_line(ports: Ports) -> None:
    parts = statistics(ports).parts()
    assert {part.file for part in parts} == FILES
    assert all([json.loads(line)["a"] for line in part.text.splitlines()] == [1, 2] for part in parts)


def test_without_a_way_in_each_part_says_why(ports: Ports) -> None:
    api = ports.api({}, there={**complete.objects(), "/api/v1/namespaces/msp/services/db": None}, forwards=True)
    server = postgresql_parts.Statistics(InCluster(api, Appliance("msp")))
    assert {part.file for part in server.parts() if "does not exist" in part.missing} == FILES
    assert server.tenants() == []


def test_tenants_are_known_by_whatever_names_them(ports: Ports) -> None:
    row = json.dumps({"tenant": "3fa85f64", "client_name": "Acme", "created_at": "2026-01-01", "email": None})
    assert statistics(ports, **{"to_jsonb(tenants)": [[row]]}).tenants() == ["3fa85f64", "Acme"]


def test_no_statement_of_anybody_and_no_password_is_asked_for() -> None:
    asked = [sql for each in (postgresql_parts._SERVER_S, postgresql_parts._APPLICATION_S) for _about, sql in each.values()]
    assert not any(re.search(r"\bquery\b|rolpassword|pg_authid|pg_shadow", sql) for sql in asked)
    assert not any(re.search(r"FROM (public\.)?(users|tenants)\b", sql) for sql in asked)
