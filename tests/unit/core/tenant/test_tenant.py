# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first tenant: a table of what is found, and what no combination may lead to."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import JobState
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.digest import Match
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import Answer
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState
from ansible_collections.alga.appliance.plugins.module_utils._core.tenant.tenant import (
    READABLE,
    REQUIRED,
    Administrator,
    Entry,
    Seen,
    TenantStage,
    TenantState,
    TenantStep,
    Wanted,
    decide,
    read,
)

MINE, THEIRS = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
WANTED = Wanted("Emerald", "ada@example.com", "secret")
ANSWERS = {state: Answer(state, f"It is {state.value}.", "Look.") for state in DatabaseState}
TABLES = ("tenants", "users", "roles", "permissions", "role_permissions")
BEGUN = Entry(MINE, "Emerald")
SEEDING = Entry(MINE, "Emerald", seeds_begun="today")
DONE = Entry(MINE, "Emerald", "today", "today", "today")
ADMIN = Administrator(MINE, Match.MATCH)


def rows(*counts: int) -> dict[str, int]:
    return dict(zip(TABLES, counts, strict=True))


def seen(state: DatabaseState, *counts: int, tenants: dict[str, str] | None = None, **facts: t.Any) -> Seen:
    return Seen(ANSWERS[state], tenants or {}, rows(*counts), **facts)


EMERALD, OZ = {MINE: "Emerald"}, {THEIRS: "Oz"}
NOTHING, HALF, FULL = (0, 0, 0, 0, 0), (1, 0, 0, 0, 0), (1, 1, 8, 154, 335)
ALONE, CUT = (1, 1, 0, 0, 0), (1, 1, 8, 154, 0)
D, S, T = DatabaseState, TenantStep, TenantState
STOPPED = {TenantStage.SEEDS: JobState.FAILED}

CASES: list[tuple[str, Seen, TenantStep, TenantState]] = [
    ("nothing there", seen(D.MIGRATED, *NOTHING), S.CREATE, T.ABSENT),
    ("the command did nothing", seen(D.MIGRATED, *NOTHING, entry=BEGUN), S.CREATE, T.ABSENT),
    ("the tenant was lost", seen(D.MIGRATED, *NOTHING, entry=DONE), S.REFUSE, T.PARTIAL),
    ("rows without a tenant", seen(D.PARTIALLY_SEEDED, 0, 0, 8, 0, 0), S.REFUSE, T.PARTIAL),
    ("another tenant", seen(D.SEEDED, *FULL, tenants=OZ), S.KEEP, T.OTHER),
    ("another tenant without users", seen(D.PARTIALLY_SEEDED, *HALF, tenants=OZ), S.KEEP, T.OTHER),
    ("own, killed after the tenant", seen(D.PARTIALLY_SEEDED, *HALF, tenants=EMERALD, entry=BEGUN), S.CREATE, T.PARTIAL),
    ("not own, without users", seen(D.PARTIALLY_SEEDED, *HALF, tenants=EMERALD), S.REFUSE, T.PARTIAL),
    ("own, with other users", seen(D.PARTIALLY_SEEDED, *ALONE, tenants=EMERALD, entry=BEGUN), S.REFUSE, T.PARTIAL),
    ("made by others, other users", seen(D.SEEDED, *FULL, tenants=EMERALD), S.KEEP, T.COMPLETE),
    (
        "own, seeds are next",
        seen(D.PARTIALLY_SEEDED, *ALONE, tenants=EMERALD, entry=BEGUN, administrators=(ADMIN,)),
        S.SEED,
        T.PARTIAL,
    ),
    (
        "own, seeds killed before the permissions of roles",
        seen(D.PARTIALLY_SEEDED, *CUT, tenants=EMERALD, entry=SEEDING, administrators=(ADMIN,), jobs=STOPPED),
        S.SEED,
        T.PARTIAL,
    ),
    (
        "own, seeds killed after them",
        seen(D.SEEDED, *FULL, tenants=EMERALD, entry=SEEDING, administrators=(ADMIN,), jobs=STOPPED),
        S.REFUSE,
        T.PARTIAL,
    ),
    (
        "own, nobody knows how the seeds ended",
        seen(D.SEEDED, *FULL, tenants=EMERALD, entry=SEEDING, administrators=(ADMIN,)),
        S.REFUSE,
        T.PARTIAL,
    ),
    (
        "not own, without roles",
        seen(D.PARTIALLY_SEEDED, *ALONE, tenants=EMERALD, administrators=(ADMIN,)),
        S.REFUSE,
        T.PARTIAL,
    ),
    (
        "own, seeds ended after the controller was killed",
        seen(
            D.SEEDED,
            *FULL,
            tenants=EMERALD,
            entry=SEEDING,
            administrators=(ADMIN,),
            jobs={TenantStage.SEEDS: JobState.SUCCEEDED},
        ),
        S.RECORD,
        T.COMPLETE,
    ),
    (
        "own, the command seeds by itself",
        seen(D.SEEDED, *FULL, tenants=EMERALD, entry=BEGUN, administrators=(ADMIN,)),
        S.RECORD,
        T.COMPLETE,
    ),
    ("complete", seen(D.SEEDED, *FULL, tenants=EMERALD, entry=DONE, administrators=(ADMIN,)), S.KEEP, T.COMPLETE),
    ("complete, renamed", seen(D.SEEDED, *FULL, tenants={MINE: "New"}, entry=DONE, administrators=(ADMIN,)), S.KEEP, T.COMPLETE),
    ("complete, made by others", seen(D.SEEDED, *FULL, tenants=EMERALD, administrators=(ADMIN,)), S.KEEP, T.COMPLETE),
    (
        "complete, its id from outside",
        seen(D.SEEDED, *FULL, tenants={THEIRS: "Y"}, administrators=(Administrator(THEIRS, Match.MATCH),)),
        S.KEEP,
        T.OTHER,
    ),
    ("the administrator left", seen(D.SEEDED, *FULL, tenants=EMERALD, entry=DONE), S.KEEP, T.COMPLETE),
]


@pytest.mark.parametrize(("found", "step", "state"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_finding_has_its_decision(found: Seen, step: TenantStep, state: TenantState) -> None:
    decision = decide(WANTED, found)
    assert (decision.step, decision.state) == (step, state), decision.message
    assert decision.next_action or step in (S.CREATE, S.SEED)


PASSWORDS: list[tuple[Administrator, Entry | None, TenantStep, str]] = [
    (Administrator(MINE, Match.MISMATCH), DONE, S.KEEP, "no longer the initial one"),
    (Administrator(MINE, Match.MISMATCH), None, S.KEEP, "no longer the initial one"),
    (Administrator(MINE, Match.UNKNOWN), DONE, S.KEEP, "form"),
    (Administrator(MINE, Match.MISMATCH), BEGUN, S.REFUSE, "never did"),
    (Administrator(MINE, Match.UNKNOWN), BEGUN, S.REFUSE, "never did"),
    (Administrator(MINE, Match.MISMATCH, "with 10000 iterations"), BEGUN, S.REFUSE, "stored with 10000 iterations"),
    (Administrator(MINE, Match.MISMATCH, "with 10000 iterations"), DONE, S.REFUSE, "stored with 10000 iterations"),
]


@pytest.mark.parametrize(("administrator", "entry", "step", "said"), PASSWORDS)
def test_a_changed_password_is_kept_and_a_wrong_digest_is_named_f13(
    administrator: Administrator, entry: Entry | None, step: TenantStep, said: str
) -> None:
    decision = decide(WANTED, seen(D.SEEDED, *FULL, tenants=EMERALD, entry=entry, administrators=(administrator,)))
    assert decision.step is step
    assert said in decision.message


def test_an_id_from_outside_names_the_tenant_and_is_not_exchanged_for_one_that_was_begun() -> None:
    outside = Wanted("Emerald", "ada@example.com", "secret", THEIRS)
    admin = Administrator(THEIRS, Match.MATCH)
    assert decide(outside, seen(D.SEEDED, *FULL, tenants={THEIRS: "Y"}, administrators=(admin,))).state is T.COMPLETE
    refused = decide(outside, seen(D.MIGRATED, *NOTHING, entry=BEGUN))
    assert refused.step is S.REFUSE
    assert MINE in refused.message and THEIRS in refused.message


def test_what_the_command_cannot_go_on_with_is_set_aside_where_it_is_ours_alone_r33() -> None:
    half = seen(D.MIGRATED, *HALF, tenants=EMERALD, entry=BEGUN)
    stuck = decide(WANTED, half, in_vain=True)
    assert stuck.step is S.SET_ASIDE
    assert "alga_appliance.tenant_rows" in stuck.message
    assert decide(WANTED, half).step is S.CREATE, "the command goes on with it first"
    seeded = seen(D.PARTIALLY_SEEDED, 1, 0, 8, 154, 335, tenants=EMERALD, entry=BEGUN)
    assert (decide(WANTED, seeded).step, decide(WANTED, seeded, in_vain=True).step) == (S.CREATE, S.SET_ASIDE)
    for kept in (
        seen(D.MIGRATED, *HALF, tenants=EMERALD),
        seen(D.MIGRATED, *HALF, tenants=EMERALD, entry=DONE),
        seen(D.MIGRATED, 2, 0, 0, 0, 0, tenants={**EMERALD, **OZ}, entry=BEGUN),
        seen(D.MIGRATED, *ALONE, tenants=EMERALD, entry=BEGUN),
        seen(D.MIGRATED, *NOTHING, entry=BEGUN),
    ):
        assert decide(WANTED, kept, in_vain=True).step is not S.SET_ASIDE


counts = st.integers(0, 2)
entries = st.sampled_from([None, BEGUN, SEEDING, DONE, Entry(THEIRS, "Oz")])
found = st.builds(
    Seen,
    answer=st.sampled_from(list(ANSWERS.values())),
    tenants=st.dictionaries(st.sampled_from([MINE, THEIRS]), st.sampled_from(["Emerald", "Oz"])),
    rows=st.tuples(counts, counts, counts, counts, counts).map(lambda five: rows(*five)),
    administrators=st.lists(
        st.builds(Administrator, st.sampled_from([MINE, THEIRS]), st.sampled_from(list(Match)), st.sampled_from(["", "so"]))
    ).map(tuple),
    entry=entries,
    jobs=st.dictionaries(st.sampled_from(list(TenantStage)), st.sampled_from(list(JobState))),
)
wanted = st.builds(Wanted, st.sampled_from(["Emerald", "Oz"]), st.just("a@b"), st.just("x"), st.sampled_from(["", MINE, THEIRS]))


@given(wanted, found, st.booleans())
def test_nothing_of_others_is_touched_and_no_second_tenant_made_f24(asked: Wanted, there: Seen, in_vain: bool) -> None:
    decision = decide(asked, there, in_vain=in_vain)
    unfinished = there.entry is not None and not there.entry.completed
    acts = decision.step in (S.CREATE, S.SEED, S.SET_ASIDE, S.RECORD)
    if acts:
        assert there.answer.state in READABLE
        assert JobState.RUNNING not in there.jobs.values()
    if decision.step is S.CREATE:
        assert not there.rows["users"]
        assert not there.tenants or (unfinished and there.entry is not None and there.entry.tenant in there.tenants)
    if decision.step is S.SET_ASIDE:
        assert in_vain and unfinished and there.entry is not None
        assert [*there.tenants] == [there.entry.tenant] and not there.rows["users"]
    if decision.step is S.SEED:
        assert unfinished
        assert there.rows["role_permissions"] == 0
    if decision.step is S.RECORD:
        assert unfinished
        assert Match.MATCH in {user.match for user in there.administrators}


GOOD = {**dict.fromkeys(REQUIRED, b"value"), "INITIAL_ADMIN_EMAIL": b"ada@example.com"}


def test_the_secret_is_read_and_hides_its_password() -> None:
    asked, faults = read({**GOOD, "INITIAL_ADMIN_PASSWORD": b"canary", "INITIAL_TENANT_ID": MINE.encode()}, "msp/s")
    assert asked == Wanted("value", "ada@example.com", "canary", MINE)
    assert not faults
    assert "canary" not in repr(asked)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"INITIAL_TENANT_NAME": b""}, "INITIAL_TENANT_NAME has no value"),
        ({"INITIAL_ADMIN_PASSWORD": b"canary\n"}, "INITIAL_ADMIN_PASSWORD begins or ends with white space"),
        ({"INITIAL_ADMIN_PASSWORD": b"canary\xff"}, "INITIAL_ADMIN_PASSWORD is not UTF-8 text"),
        ({"INITIAL_TENANT_ID": b"canary"}, "INITIAL_TENANT_ID is not a UUID"),
        # R20: what kubectl makes of an env file whose values are in quotes.
        ({"INITIAL_ADMIN_EMAIL": b'"canary@example.com"'}, "INITIAL_ADMIN_EMAIL is in quotes"),
        ({"INITIAL_ADMIN_PASSWORD": b"'canary'"}, "INITIAL_ADMIN_PASSWORD is in quotes"),
        ({"INITIAL_TENANT_NAME": b'"canary"'}, "INITIAL_TENANT_NAME is in quotes"),
        ({"INITIAL_TENANT_ID": b'"canary"'}, "INITIAL_TENANT_ID is in quotes"),
        ({"INITIAL_ADMIN_EMAIL": b"canary"}, "INITIAL_ADMIN_EMAIL is not an address"),
        ({"INITIAL_ADMIN_EMAIL": b"canary @example.com"}, "INITIAL_ADMIN_EMAIL is not an address"),
        ({"INITIAL_ADMIN_EMAIL": b"Canary <canary@example.com>"}, "INITIAL_ADMIN_EMAIL is not an address"),
        ({"INITIAL_ADMIN_EMAIL": b"canary@a@b"}, "INITIAL_ADMIN_EMAIL is not an address"),
    ],
)
def test_a_secret_that_cannot_be_used_is_named_without_its_values_f7_r20(changed: dict[str, bytes], said: str) -> None:
    asked, faults = read({**GOOD, **changed}, "msp/s")
    assert asked is None
    assert said in faults
    assert "canary" not in faults.lower()


def test_everything_wrong_with_the_secret_is_said_at_once() -> None:
    assert all(key in read({}, "msp/s")[1] for key in REQUIRED)
