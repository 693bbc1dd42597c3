# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds run only where the tables were seen to be empty; what could not be seen blocks them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap.seed_gate import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import LOST, UNKNOWN, Answer, Reply, SqlError

COUNTS = "(SELECT count(*)"


def gate(ports: Ports, inside: dict[str, t.Any] | None, **objects: Answer) -> t.Any:
    databases: dict[str, t.Any] = {"postgres": {}} | ({"server": inside} if inside is not None else {})
    ports.postgresql(databases, everywhere=complete.everywhere(dict.fromkeys(databases, "")))
    ports.api({}, there={**complete.objects(), **objects}, forwards=True)
    return USE_CASE.answer(complete.options(USE_CASE), complete.run())


@pytest.mark.parametrize(
    ("rows", "decision"),
    [
        ([0] * 5, "open"),
        ([1] * 5, "closed"),
        # Cut off in the middle, as seeds are no transaction: neither run them again nor take them for whole (F21).
        ([1, 1, 1, 0, 0], "blocked"),
    ],
)
def test_empty_opens_whole_closes_and_half_blocks_f21(ports: Ports, rows: list[int], decision: str) -> None:
    result = gate(ports, {**complete.inside(recorded=False), COUNTS: [rows]})
    assert (result["decision"], result["changed"]) == (decision, False)
    assert result["next_action"] or decision != "blocked"


def test_a_database_that_does_not_exist_blocks(ports: Ports) -> None:
    result = gate(ports, None)
    assert (result["state"], result["decision"]) == ("absent", "blocked") and result["next_action"]


@pytest.mark.parametrize("reply", [SqlError("42501", "permission denied"), SqlError("57014"), LOST])
@pytest.mark.parametrize("unread", [COUNTS, "FROM pg_tables", "FROM public.knex_migrations ", "server_version_num"])
def test_a_count_that_could_not_be_read_is_no_empty_table_u6(ports: Ports, unread: str, reply: Reply) -> None:
    result = gate(ports, {**complete.inside(recorded=False), unread: reply})
    assert result["decision"] == "blocked" and result["state"] in ("unknown", "unreachable")
    assert result["msg"].startswith("Seeds are not run: ") and result["next_action"]


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [path("services", "msp", "db"), complete.CREDENTIALS])
def test_a_server_that_could_not_be_found_blocks_f27(ports: Ports, unread: str, answer: Answer) -> None:
    result = gate(ports, complete.inside(), **{unread: answer})
    assert result["decision"] == "blocked" and result["next_action"] and complete.silent(result)


@pytest.mark.parametrize("reason", Reason)
def test_a_session_that_was_refused_blocks_whatever_the_reason_f27(ports: Ports, reason: Reason) -> None:
    ports.postgresql({"server": ObservationFailed("It was tried.", reason=reason)})
    ports.api({}, there=complete.objects(), forwards=True)
    result = USE_CASE.answer(complete.options(USE_CASE), complete.run())
    assert result["decision"] == "blocked" and result["msg"] == "Seeds are not run: It was tried."


def test_rows_that_migrations_made_prove_no_seeds(ports: Ports) -> None:
    """Which tables those are is recorded in the mark of the database that is built aside."""
    building = names.DATABASE + names.BUILDING_SUFFIX
    mark = '{"alga.appliance": {"run": "r1", "filled_by_migrations": ["permissions"], "stage": "migrate"}}'
    rows = [int(table == "permissions") for table in names.SEED_TABLES]
    ports.postgresql(
        {building: {**complete.inside(recorded=False), COUNTS: [rows]}}, everywhere=complete.everywhere({building: mark})
    )
    ports.api({}, there=complete.objects(), forwards=True)
    result = USE_CASE.answer(complete.options(USE_CASE, database=building), complete.run())
    assert result["decision"] == "open"
