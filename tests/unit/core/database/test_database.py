# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ladder: a table of observations, and what no observation may become."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.database import database
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import DatabaseObservation, classify, failed
from ansible_collections.alga.appliance.plugins.module_utils._core.database.grants import Lack, On
from ansible_collections.alga.appliance.plugins.module_utils._core.database.properties import Properties
from ansible_collections.alga.appliance.plugins.module_utils._core.database.seed_contract import SeedContract, read
from ansible_collections.alga.appliance.plugins.module_utils._core.database.seeds import decide
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.findings import Finding
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, GateDecision, Reason

TABLES = ("tenants", "users", "roles", "permissions", "role_permissions")
EMPTY = dict.fromkeys(TABLES, 0)
FULL = dict.fromkeys(TABLES, 3)
READ_ONLY = Finding("The setting is on.", "Reset it.")


def seen(**facts: t.Any) -> DatabaseObservation:
    return DatabaseObservation(server="db.msp", database="server", **facts)


def migrated(**facts: t.Any) -> DatabaseObservation:
    return seen(**{"databases": {"server": ""}, "tables": 40, "migrations": ("a", "b"), "rows": EMPTY, **facts})


CASES = [
    (seen(), DatabaseState.ABSENT),
    (seen(superuser_match=False), DatabaseState.AUTH_FAILED),
    (migrated(superuser_match=False, rows=FULL), DatabaseState.AUTH_FAILED),
    (seen(databases={"server_building": database.mark("r1")}), DatabaseState.BUILDING),
    (seen(databases={"server_building": ""}), DatabaseState.FOREIGN),
    (seen(system_identifier="1", identities={"the claim": "1"}), DatabaseState.ABSENT),
    (seen(system_identifier="1", identities={"the claim": "1", "the Secret": "2"}), DatabaseState.FOREIGN),
    (migrated(rows=FULL, system_identifier="1", identities={"the Secret": "2"}), DatabaseState.FOREIGN),
    (seen(databases={"server": ""}, tables=0), DatabaseState.CREATED),
    (seen(databases={"server": ""}, tables=3), DatabaseState.FOREIGN),
    # R25: where the application's database holds nothing, another one with the ledger is not ignored.
    (seen(elsewhere=("server_old",)), DatabaseState.RENAMED),
    (seen(elsewhere=("server_old",), databases={"server_building": database.mark("r1")}), DatabaseState.BUILDING),
    (seen(databases={"server": ""}, tables=0, elsewhere=("server_old",)), DatabaseState.CREATED),
    # R4: whatever is there, no row of it can be written.
    (seen(read_only=(READ_ONLY,)), DatabaseState.READ_ONLY),
    (migrated(rows=FULL, read_only=(READ_ONLY,), recorded=("r1",)), DatabaseState.READ_ONLY),
    (migrated(superuser_match=False, read_only=(READ_ONLY,)), DatabaseState.AUTH_FAILED),
    (migrated(system_identifier="1", identities={"the Secret": "2"}, read_only=(READ_ONLY,)), DatabaseState.FOREIGN),
    (migrated(locked=True, backends=1), DatabaseState.MIGRATING),
    (migrated(locked=True), DatabaseState.INTERRUPTED),
    (migrated(locked=True, jobs=("alga-core-sebastian-bootstrap-r1",)), DatabaseState.MIGRATING),
    (migrated(expected=("a",)), DatabaseState.AHEAD),
    (migrated(expected=("a", "b", "c")), DatabaseState.BEHIND),
    (migrated(rows={**EMPTY, "roles": None}), DatabaseState.BEHIND),
    (migrated(rows={**EMPTY, "roles": None}, expected=("a", "b")), DatabaseState.UNKNOWN),
    (migrated(expected=("a", "b")), DatabaseState.MIGRATED),
    (migrated(expected=()), DatabaseState.AHEAD),
    (migrated(), DatabaseState.MIGRATED),
    (migrated(rows={**EMPTY, "users": 7}), DatabaseState.PARTIALLY_SEEDED),
    # R31: what is recorded was complete once; what no ledger records was cut off.
    (migrated(rows={**FULL, "permissions": 0}, recorded=("r1",)), DatabaseState.SEEDED),
    (migrated(rows={**FULL, "permissions": 0}), DatabaseState.PARTIALLY_SEEDED),
    (migrated(rows={**EMPTY, "tenants": 1}, recorded=("r1",), tenant_begun=True), DatabaseState.MIGRATED),
    (migrated(rows={**EMPTY, "tenants": 1}, tenant_begun=True), DatabaseState.MIGRATED),
    (migrated(rows=FULL, tenant_begun=True), DatabaseState.SEEDED),
    (migrated(tenant_begun=True), DatabaseState.MIGRATED),
    (migrated(rows=FULL), DatabaseState.SEEDED),
    (migrated(rows={**EMPTY, "permissions": 40}, filled=("permissions",)), DatabaseState.MIGRATED),
    (migrated(rows={**FULL, "permissions": 0}, filled=("permissions",)), DatabaseState.SEEDED),
    (migrated(rows=FULL, filled=TABLES), DatabaseState.UNKNOWN),
    (migrated(rows=FULL, contract=SeedContract({"users": 4})), DatabaseState.PARTIALLY_SEEDED),
    (migrated(rows=FULL, contract=SeedContract({"users": 3})), DatabaseState.SEEDED),
    (migrated(rows=FULL, contract=SeedContract({"users": 1, "roles": 1}, ("roles", "users"))), DatabaseState.UNKNOWN),
    (migrated(rows=FULL, demonstration=True, demonstration_allowed=False), DatabaseState.FOREIGN),
    (migrated(rows=FULL, demonstration=True, demonstration_allowed=True), DatabaseState.SEEDED),
]


@pytest.mark.parametrize(
    "observation",
    [
        seen(elsewhere=("server_old",)),
        seen(elsewhere=("server_old",), databases={"server_building": database.mark("r1")}),
        seen(databases={"server": ""}, tables=0, elsewhere=("server_old",)),
    ],
)
def test_a_ledger_under_another_name_is_told_whatever_the_state_r25(observation: DatabaseObservation) -> None:
    answer = classify(observation)
    assert "Database 'server_old' carries this collection's ledger" in answer.message
    if answer.state is not DatabaseState.BUILDING:
        assert "ALTER DATABASE server_old RENAME TO server; then run recover.yml" in answer.next_action


def test_of_several_databases_with_a_ledger_none_is_chosen_for_the_operator_r25() -> None:
    answer = classify(seen(elsewhere=("server_monday", "server_old")))
    assert "Inspect 'server_monday', 'server_old' and choose" in answer.next_action


def test_what_is_wrong_beside_the_state_is_said_with_it_r5_r26() -> None:
    lacks = (Lack("app_user", On.TABLES, ("SELECT",), ("users",)),)
    answer = classify(migrated(rows=FULL, lacks=lacks, properties=Properties("SQL_ASCII", "C")))
    assert answer.state is DatabaseState.SEEDED
    assert "lacks SELECT on tables users" in answer.message and "SQL_ASCII" in answer.message
    assert answer.next_action.startswith("Run recover.yml, which grants them again.") and "template0" in answer.next_action
    assert len(answer.evidence["findings"]) == 2


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
    expected=st.one_of(st.none(), st.lists(st.sampled_from("abc"), unique=True).map(tuple)),
    filled=st.lists(st.sampled_from(TABLES), unique=True, max_size=3).map(tuple),
    ledger_seeded=st.sampled_from(["", "onboarding"]),
    tenant_begun=st.booleans(),
)


@given(observations)
def test_seeds_never_run_where_a_row_lock_or_doubt_is(observation: DatabaseObservation) -> None:
    gate = decide(observation)
    if gate.decision is GateDecision.OPEN:
        assert not any(count for table, count in observation.rows.items() if table not in observation.filled)
        assert None not in observation.rows.values()
        assert not observation.locked
        assert observation.superuser_match is not False
        assert not observation.ledger_seeded
        assert observation.migrations is not None and observation.tables is not None


def test_what_is_missing_and_what_is_unknown_is_named_f16() -> None:
    behind = classify(migrated(expected=("a", "b", "c", "d")))
    assert "lacks 2 migrations, starting with c" in behind.message
    ahead = classify(migrated(migrations=tuple("abcdefghijklmn"), expected=("a",)))
    assert "13 migrations that the image does not know: b, c, d, e, f, g, h, i, j, k and 3 more" in ahead.message
    assert "downgrade" in ahead.next_action


def test_databases_of_an_earlier_appliance_are_named_f34() -> None:
    answer = classify(seen(databases={"postgres": "", "hocuspocus": "", "temporal": "", "temporal_visibility": ""}))
    assert answer.state is DatabaseState.ABSENT
    assert "it has 'temporal', 'temporal_visibility'" in answer.message
    assert "it has" not in classify(seen(databases={"postgres": "", "hocuspocus": ""})).message


def test_onboarding_seeds_that_inserted_nothing_are_seen_for_what_they_are_f22() -> None:
    answer = classify(migrated(ledger_seeded="onboarding"))
    assert answer.state is DatabaseState.MIGRATED
    assert "seed set onboarding ran and, without a tenant, inserted nothing" in answer.message
    assert "appliance-initial-tenant" in answer.next_action


def test_everything_that_is_wrong_with_a_contract_is_said_at_once() -> None:
    _contract, errors = read(
        {
            "tables": {"users": 0, "roles": "3"},
            "filled_by_migrations": "roles",
            "demonstration": {"table": "tenants"},
            "colour": [],
        },
        "alga_seed_contract",
    )
    assert len(errors) == 5
    assert all(error.startswith("alga_seed_contract") for error in errors)
    assert read({"tables": []}, "c")[1] and read({"tables": ["users"], "filled_by_migrations": ["users"]}, "c")[1]
    assert read({"filled_by_migrations": ["countries"]}, "c")[1], "a table that is not in the contract is a mistake"
    assert read({}, "c") == (SeedContract(), [])
    contract, errors = read({"tables": ["users", "roles"], "filled_by_migrations": ["roles"]}, "c")
    assert (contract.judged(()), errors) == ({"users": 1}, [])


def test_a_mark_reads_back_and_nothing_else_does() -> None:
    assert database.marked_run(database.mark("r1")) == "r1"
    assert database.marked_filled(database.mark("r1", ["roles"])) == ("roles",)
    assert database.marked_filled("") == ()
    assert (database.marked_stage(database.mark("r1")), database.marked_stage("")) == ("", "")
    assert database.marked_stage(database.mark("r1", stage="seed")) == "seed"
    for comment in (
        "",
        "default administrative connection database",
        "[]",
        '{"alga.appliance": 1}',
        '{"alga.appliance": {}}',
    ):
        assert database.marked_run(comment) == ""
