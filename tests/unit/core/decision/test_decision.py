# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision: every combination has an answer, and no answer does what may never happen."""

from __future__ import annotations

import collections
import itertools
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.decision.decision import RULES, Rule, rule_for
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.sentences import SENTENCES
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import Situation
from ansible_collections.alga.appliance.plugins.module_utils._core.states import (
    CredentialState,
    DatabaseState,
    Mode,
    Origin,
    Step,
    StorageState,
    Work,
)

EVERY = tuple(
    Situation(*values)
    for values in itertools.product(
        Mode, StorageState, CredentialState, DatabaseState, Work, Origin, (True, False), (True, False)
    )
)
DECIDED: dict[Situation, Rule] = {situation: rule_for(situation) for situation in EVERY}
UNREADABLE = {DatabaseState.UNKNOWN, DatabaseState.AUTH_FAILED, DatabaseState.POOLER}
HOLDS_ROWS = {
    DatabaseState.MIGRATING,
    DatabaseState.INTERRUPTED,
    DatabaseState.BEHIND,
    DatabaseState.AHEAD,
    DatabaseState.MIGRATED,
    DatabaseState.PARTIALLY_SEEDED,
    DatabaseState.SEEDED,
    DatabaseState.FOREIGN,
}
MAKES_A_DATABASE = {Step.BUILD, Step.REBUILD, Step.SEED, Step.PUBLISH}
CHANGES = set(Step) - {Step.REFUSE, Step.NOTHING, Step.START, Step.WATCH}


def with_step(*steps: Step) -> t.Iterator[Situation]:
    return (situation for situation, rule in DECIDED.items() if rule.step in steps)


def test_every_combination_has_an_answer_and_every_rule_decides_some() -> None:
    assert len(DECIDED) == 2 * 12 * 4 * 18 * 4 * 4 * 2 * 2
    used = collections.Counter(rule.name for rule in DECIDED.values())
    assert set(used) == {rule.name for rule in RULES}, "a rule that never decides is dead"
    assert len(used) == len(RULES), "two rules have one name"
    assert {rule.step for rule in DECIDED.values()} == set(Step)


def test_every_rule_has_its_sentence() -> None:
    assert set(SENTENCES) == {rule.name for rule in RULES}


def test_no_plan_seeds_where_rows_exist_f24() -> None:
    for situation in with_step(*MAKES_A_DATABASE):
        assert situation.database not in HOLDS_ROWS, situation


def test_no_plan_generates_where_data_may_exist_f2_u1() -> None:
    """Credentials are made in one step only, and that step is taken on nothing at all."""
    for situation in with_step(Step.PREPARE):
        assert situation.storage is StorageState.NONE and situation.database is DatabaseState.UNREACHABLE, situation
        assert situation.credentials in (CredentialState.ABSENT, CredentialState.COMPLETE), situation
    for situation, rule in DECIDED.items():
        if situation.credentials is not CredentialState.COMPLETE:
            assert rule.step in (Step.PREPARE, Step.REFUSE), situation


@pytest.mark.parametrize("step", sorted(CHANGES))
def test_unknown_is_never_taken_for_empty_f27_u6(step: Step) -> None:
    for situation in with_step(step):
        assert situation.storage is not StorageState.UNKNOWN
        assert situation.credentials is not CredentialState.UNKNOWN
        if step is not Step.MOVE_DATA_ASIDE:  # its proof is the volume's own, looked at twice, with PostgreSQL stopped
            assert situation.database not in UNREADABLE
        if step not in (Step.PREPARE, Step.MOVE_DATA_ASIDE):
            assert situation.database not in (DatabaseState.UNREACHABLE, DatabaseState.STARTING)


def test_nothing_is_done_over_lost_leaving_half_made_or_other_data_f35_f36_f45_r3_r9() -> None:
    stopped = {StorageState.LOST, StorageState.LEAVING, StorageState.HALF_INITIALISED, StorageState.OTHER_VERSION}
    stopped |= {StorageState.EMPTIED, StorageState.OTHER_DATA, StorageState.NO_NODE}
    for situation, rule in DECIDED.items():
        if situation.storage in stopped:
            assert rule.step is Step.REFUSE, situation
        if situation.storage is StorageState.INITDB_KILLED:
            assert rule.step in (Step.MOVE_DATA_ASIDE, Step.REFUSE), situation


def test_fresh_changes_nothing_over_data_of_another_run() -> None:
    for situation, rule in DECIDED.items():
        if situation.mode is not Mode.FRESH:
            continue
        if situation.storage is StorageState.PRESENT or (
            situation.database in HOLDS_ROWS and situation.origin not in (Origin.THIS_RUN, Origin.UNFINISHED)
        ):
            assert rule.step is Step.REFUSE, situation


def test_recover_begins_anew_only_where_the_operator_says_so() -> None:
    steps = (Step.PREPARE, Step.MOVE_DATA_ASIDE, Step.MOVE_DATABASE_ASIDE, Step.WITHDRAW, *MAKES_A_DATABASE)
    for situation in with_step(*steps):
        assert situation.expected, situation


def test_a_migration_lock_is_released_only_on_request_and_only_a_stale_one_f19_u14() -> None:
    for situation in with_step(Step.RELEASE_LOCK):
        assert situation.release_lock and situation.database is DatabaseState.INTERRUPTED
        assert situation.work is not Work.UNDER_WAY


def test_a_downgrade_is_always_refused_f16() -> None:
    for situation, rule in DECIDED.items():
        if situation.database is DatabaseState.AHEAD:
            assert rule.step is Step.REFUSE, situation


def test_what_a_running_job_works_on_is_watched_and_not_touched_f20() -> None:
    for situation, rule in DECIDED.items():
        if situation.work is Work.UNDER_WAY:
            assert rule.step not in {*MAKES_A_DATABASE, Step.WITHDRAW, Step.MIGRATE, Step.ADOPT, Step.RECORD}, situation


def test_only_what_this_first_run_left_unfinished_is_withdrawn_f17_f19_f21() -> None:
    found = set(with_step(Step.WITHDRAW))
    assert {situation.database for situation in found} == {
        DatabaseState.CREATED,
        DatabaseState.INTERRUPTED,
        DatabaseState.BEHIND,
        DatabaseState.PARTIALLY_SEEDED,
        DatabaseState.MIGRATED,
        DatabaseState.SEEDED,
    }
    for situation in found:
        assert situation.origin is Origin.UNFINISHED and situation.storage is StorageState.FIRST_RUN, situation
        assert situation.work is not Work.UNDER_WAY, situation


def test_a_first_run_that_nobody_saw_end_is_neither_recorded_nor_adopted_f13() -> None:
    for situation in with_step(Step.RECORD, Step.ADOPT, Step.NOTHING):
        if situation.origin is Origin.UNFINISHED:
            assert situation.work in (Work.MIGRATED, Work.SEEDED), situation


def test_an_existing_state_is_never_given_up_for_what_was_not_asked() -> None:
    """Of all rules only these may write, and each is named here: a new one has to be thought about."""
    assert {rule.name for rule in RULES if rule.step in CHANGES} == {
        "nothing_expected",
        "unfinished",
        "chart_job_ended",
        "outcome_unknown",
        "initdb_killed",
        "seeds_are_next",
        "publication_is_next",
        "first_run_cut_off",
        "no_database",
        "empty_expected",
        "lock_released",
        "behind",
        "unrecorded",
        "adopt",
    }
