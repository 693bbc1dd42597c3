# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ladder: a table of observations, and what no observation may become."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core import database
from ansible_collections.alga.appliance.plugins.module_utils._core.database import DatabaseObservation, classify, failed
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.seeds import decide
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, GateDecision, Reason

TABLES = ("tenants", "users", "roles", "permissions", "role_permissions")
EMPTY = dict.fromkeys(TABLES, 0)
FULL = dict.fromkeys(TABLES, 3)


def seen(**facts: t.Any) -> DatabaseObservation:
    return DatabaseObservation(server="db.msp", database="server", **facts)


def migrated(**facts: t.Any) -> DatabaseObservation:
    return seen(**{"databases": {"server": ""}, "tables": 40, "migrations": ("a", "b"), "rows": EMPTY, **facts})


CASES = [
    (seen(), DatabaseState.ABSENT),
    (seen(superuser_match=False), DatabaseState.AUTH_FAILED),
    (migrated(superuser_match=False, rows=FULL), DatabaseState.AUTH_FAILED),
    (seen(databases={"server_building": database.mark("r1")}), DatabaseState.BUILDING),
    (seen(databases={"server_building": ""}), DatabaseState.BUILDING),
    (seen(databases={"server": ""}, tables=0), DatabaseState.CREATED),
    (seen(databases={"server": ""}, tables=3), DatabaseState.FOREIGN),
    (migrated(locked=True, backends=1), DatabaseState.MIGRATING),
    (migrated(locked=True), DatabaseState.INTERRUPTED),
    (migrated(expected=("a",)), DatabaseState.AHEAD),
    (migrated(expected=("a", "b", "c")), DatabaseState.BEHIND),
    (migrated(rows={**EMPTY, "roles": None}), DatabaseState.BEHIND),
    (migrated(), DatabaseState.MIGRATED),
    (migrated(rows={**EMPTY, "users": 7}), DatabaseState.PARTIALLY_SEEDED),
    (migrated(rows=FULL), DatabaseState.SEEDED),
    (migrated(rows=FULL, demonstration=True, demonstration_allowed=False), DatabaseState.FOREIGN),
    (migrated(rows=FULL, demonstration=True, demonstration_allowed=True), DatabaseState.SEEDED),
]


@pytest.mark.parametrize(("observation", "state"), CASES)
def test_each_observation_has_its_state(observation: DatabaseObservation, state: DatabaseState) -> None:
    answer = classify(observation)
    assert answer.state is state
    assert answer.message and answer.next_action


def test_users_alone_do_not_make_it_seeded_f21() -> None:
    gate = decide(migrated(rows={**EMPTY, "users": 7}))
    assert gate.decision is GateDecision.BLOCKED


@pytest.mark.parametrize("reason", Reason)
def test_what_could_not_be_observed_is_never_empty_f27_u6(reason: Reason) -> None:
    answer = failed(ObservationFailed("It failed.", reason=reason))
    assert answer.state in {
        DatabaseState.UNKNOWN,
        DatabaseState.UNREACHABLE,
        DatabaseState.AUTH_FAILED,
        DatabaseState.STARTING,
        DatabaseState.POOLER,
    }


counts = st.dictionaries(st.sampled_from(TABLES), st.one_of(st.none(), st.integers(0, 5)))
observations = st.builds(
    seen,
    superuser_match=st.sampled_from([True, False, None]),
    databases=st.dictionaries(st.sampled_from(["server", "server_building", "hocuspocus"]), st.just("")),
    tables=st.one_of(st.none(), st.integers(0, 9)),
    migrations=st.one_of(st.none(), st.lists(st.sampled_from("abc"), unique=True).map(tuple)),
    locked=st.booleans(),
    backends=st.integers(0, 2),
    rows=counts.map(lambda rows: {**EMPTY, **rows}),
    expected=st.lists(st.sampled_from("abc"), unique=True).map(tuple),
    ledger_seeded=st.sampled_from(["", "onboarding"]),
)


@given(observations)
def test_seeds_never_run_where_a_row_lock_or_doubt_is(observation: DatabaseObservation) -> None:
    gate = decide(observation)
    if gate.decision is GateDecision.OPEN:
        assert not any(observation.rows.values())
        assert None not in observation.rows.values()
        assert not observation.locked
        assert observation.superuser_match is not False
        assert not observation.ledger_seeded
        assert observation.migrations is not None and observation.tables is not None


def test_a_mark_reads_back_and_nothing_else_does() -> None:
    assert database.marked_run(database.mark("r1")) == "r1"
    for comment in (
        "",
        "default administrative connection database",
        "[]",
        '{"alga.appliance": 1}',
        '{"alga.appliance": {}}',
    ):
        assert database.marked_run(comment) == ""
