# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checker can fail: each mistake in a rule or a step, made here on purpose, is found by few histories."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import administration, properties
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Job, JobState, work
from ansible_collections.alga.appliance.plugins.module_utils._core.database import database
from ansible_collections.alga.appliance.plugins.module_utils._core.decision import decision, situation
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, Reason, Step
from ansible_collections.alga.appliance.plugins.module_utils._core.storage import contents, storage
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap import bootstrap, bootstrap_steps
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import generated_keys
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.storage import first_claim
from ansible_collections.alga.appliance.tests.model import memory, observe, play
from ansible_collections.alga.appliance.tests.model.controller import pause
from ansible_collections.alga.appliance.tests.model.histories import (
    EVERY_FAULT,
    FAMILIES,
    PUT_BACK,
    WITHOUT_THE_LEASE,
    play_history,
)
from ansible_collections.alga.appliance.tests.model.invariants import Violation

MOST = 24_000
CONTROL = 6_000
SEED = 20261125
Break = t.Callable[[pytest.MonkeyPatch], None]


def search(most: int, families: t.Sequence[str] = tuple(FAMILIES)) -> str:
    """Play random histories of the families in turn until one breaks an invariant; returns its first line."""
    source = random.Random(SEED)  # noqa: S311 -- histories, no secrets
    for number in range(most):
        family = families[number % len(families)]
        try:
            play_history(family, source.randbytes(source.randint(10, 50)))
        except Violation as found:
            return str(found).partition("\n")[0]
    return ""


def without(*rules: str) -> Break:
    """Leave rules out of the table."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        kept = tuple(rule for rule in decision.RULES if rule.name not in rules)
        assert len(kept) == len(decision.RULES) - len(rules)
        patch.setattr(decision, "RULES", kept)

    return mutate


def changed(name: str, **fields: t.Any) -> Break:
    """Change fields of one rule."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        assert name in {rule.name for rule in decision.RULES}
        patch.setattr(
            decision,
            "RULES",
            tuple(dataclasses.replace(rule, **fields) if rule.name == name else rule for rule in decision.RULES),
        )

    return mutate


def replaced(module: t.Any, name: str, value: t.Any) -> Break:
    """Put another function in the place of one."""
    assert hasattr(module, name)
    return lambda patch: patch.setattr(module, name, value)


def work_undone_counts(job: Job, seen: database.DatabaseObservation) -> t.Any:
    """A Job's success counts by its run alone, whatever the database says of it."""
    told = {
        name: database.mark(database.marked_run(comment), stage=job.stage) if name == seen.building else comment
        for name, comment in seen.databases.items()
    }
    return work(job, dataclasses.replace(seen, databases=told))


def failed_job_counts(job: Job, seen: database.DatabaseObservation) -> t.Any:
    """A Job that failed is taken for one that succeeded, and no mark is asked for. By its mark it is known for what it is."""
    failed = job.state is JobState.FAILED
    return work_undone_counts(dataclasses.replace(job, state=JobState.SUCCEEDED), seen) if failed else work(job, seen)


@contextlib.contextmanager
def no_second_look(bootstrap: t.Any, facts: t.Any) -> t.Iterator[t.Any]:
    """The lock is taken, and what was decided before it is done."""
    with bootstrap.exclusive() as session:
        yield session, facts


def given_up_with_its_job(_bootstrap: t.Any, _built: t.Any, message: str) -> ActionFailed:
    """An attempt that cannot be published keeps its Job, so that the next run finds it as it was."""
    pause()
    return ActionFailed(message)


def marked_too_late(session: t.Any, name: str, run: str) -> None:
    """The building database is made under its name and marked afterwards."""
    properties.create(session, name)
    administration.mark_building(session, name, database.mark(run))


def not_looked_into(_api: t.Any, _params: t.Any, _run: t.Any, seen: t.Any) -> t.Any:
    """A new claim's volume is taken to be empty."""
    return seen, []


def not_recorded(seen: contents.Contents, place: str, _recorded: str | None = None) -> contents.Trouble | None:
    """What is written on the claim about its data is not asked."""
    return _judge(seen, place)


def on_the_claim_alone(records: t.Sequence[t.Any]) -> t.Any:
    """The record of the generated keys counts where it stands on the claim."""
    return records[0]


def hanging_is_absent(patch: pytest.MonkeyPatch) -> None:
    """A server that hangs is taken for one that is not there."""
    patch.setitem(database._FAILED, Reason.HANGING, (DatabaseState.UNREACHABLE, ""))


def starts_on_anything(patch: pytest.MonkeyPatch) -> None:
    """Neither the decision nor what is looked at before helm asks what is recorded of an empty volume."""
    for module in (storage, observe):
        patch.setattr(module, "judge", not_recorded)


def forbidden_is_empty(world: t.Any) -> t.Any:
    """Volumes that could not be read are taken for none."""
    try:
        return _storage(world)
    except ObservationFailed:
        return memory.storage(((), (), False))


def mark_unread(patch: pytest.MonkeyPatch) -> None:
    """Every building database is taken for the collection's own."""
    for module in (database, administration):
        patch.setattr(module, "marked_run", lambda _comment: "run-0")


def password_uncompared(seen: database.DatabaseObservation) -> database.Answer:
    """The password at hand is not compared with the role's."""
    return _classify(dataclasses.replace(seen, superuser_match=None))


_storage, _classify, _judge = observe.storage, database.classify, contents.judge
MUTATIONS: dict[str, Break] = {
    "credentials are made over data": without("credentials_lost"),
    "a partial Secret is taken": without("credentials_partial"),
    "unreadable volumes are none": replaced(observe, "storage", forbidden_is_empty),
    "a claim is made over a lost volume": without("lost"),
    "a lost volume is not seen": replaced(storage, "lost", lambda _seen: {}),
    "fresh goes on over data and databases": without("fresh_over_data", "fresh_over_database"),
    "recover begins anew unasked": changed("nothing_expected", expected=None),
    "recover builds unasked": changed("no_database", expected=None),
    "an empty database is renamed unasked": changed("empty_expected", expected=None),
    "the lock is released unasked": changed("lock_released", release_lock=None),
    "the lock is released under a migration": changed("somebody_migrates", step=Step.RELEASE_LOCK),
    "published before seeds": changed("seeds_are_next", step=Step.PUBLISH),
    "a building Job at work is not watched": without("job_builds"),
    "a migrating Job at work is not watched": without("job_migrates", "job_on_published"),
    "what the ladder forbids goes on": changed("ladder_refuses", step=Step.NOTHING),
    "a first run that was cut off is left alone": changed("first_run_cut_off", step=Step.NOTHING),
    "behind is taken for complete": changed("behind", step=Step.NOTHING),
    "a failed Job counts as succeeded, and no mark is asked for": replaced(situation, "work", failed_job_counts),
    "no second look under the lock": replaced(bootstrap_steps.Bootstrap, "confirmed", no_second_look),
    "a Job counts whose work is not in the database": replaced(situation, "work", work_undone_counts),
    "another's building database is dropped": mark_unread,
    "seeds run a second time": changed("publication_is_next", step=Step.SEED),
    "what cannot be published keeps its Job": replaced(bootstrap_steps, "_given_up", given_up_with_its_job),
    "a building database is marked too late": replaced(administration, "create_marked", marked_too_late),
    "the password is not compared": replaced(memory, "classify", password_uncompared),
    "a new claim's volume is not looked into (R1)": replaced(first_claim, "prove_empty", not_looked_into),
    "PostgreSQL starts on the empty volume of a complete appliance (R3)": starts_on_anything,
    "a server that writes nothing is as it should be (R4)": replaced(memory, "READ_ONLY", ()),
    "privileges are not granted again (R5)": replaced(bootstrap, "repeat_grants", lambda _bootstrap, _roles: None),
    "lost keys are not looked for (R29)": replaced(generated_keys, "lost", lambda _api, _params: []),
    "a claim that is made anew forgets the keys (R29)": replaced(generated_keys, "_counting", on_the_claim_alone),
    "a server that hangs is one that is not there (R35)": hanging_is_absent,
    "helm runs before the image is compared": replaced(play, "_no_downgrade", lambda _world, _me: None),
}

# A mistake that shows where one thing happens is looked for there.
ONLY_IN = {
    "a Job counts whose work is not in the database": (PUT_BACK,),
    "unreadable volumes are none": (EVERY_FAULT,),
    "no second look under the lock": (WITHOUT_THE_LEASE,),
}


@contextlib.contextmanager
def nothing_remembered() -> t.Iterator[None]:
    """What the right code answered must not be remembered for the broken one, nor the other way round."""
    memory.forget()
    try:
        yield
    finally:
        memory.forget()


@pytest.mark.parametrize("mistake", MUTATIONS)
def test_a_mistake_is_found(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with nothing_remembered():
        MUTATIONS[mistake](monkeypatch)
        assert search(MOST, ONLY_IN.get(mistake, tuple(FAMILIES))), f"{MOST} histories did not find: {mistake}"


def test_the_collection_as_it_is_passes_the_same_histories() -> None:
    with nothing_remembered():
        assert not search(CONTROL)
