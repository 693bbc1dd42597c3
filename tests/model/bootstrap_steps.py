# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bootstrap's steps as _use_cases/bootstrap_steps.py takes them, effect by effect and in its order."""

from __future__ import annotations

import typing as t

import effects
import memory
import observe
from controller import DECIDED, DONE, WAIT, Controller, Effects, Ended
from things import DATABASE_CLAIM, Entry
from world import World

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap import Job, JobState, Stage
from ansible_collections.alga.appliance.plugins.module_utils._core.database import DatabaseObservation, mark, marked_run
from ansible_collections.alga.appliance.plugins.module_utils._core.seeds import decide as decide_seeds
from ansible_collections.alga.appliance.plugins.module_utils._core.situation import Facts
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, GateDecision, Step


class Overtaken(Exception):
    """Under the lock another decision is due."""


def exclusive(world: World, me: Controller) -> Effects:
    """Take the advisory lock, or wait for its holder; it dies with its session."""
    session = effects.connect(world)
    while world.lock is not None and world.lock[0] is not me:
        yield WAIT
        session.alive()
    world.lock = (me, world.life)
    yield DONE
    return session


def let_go(world: World, me: Controller) -> None:
    """The session ends, and the lock with it."""
    if world.lock is not None and world.lock[0] is me:
        world.lock = None


def start_job(world: World, me: Controller, job: Job, filled: t.Iterable[str] = ()) -> Effects:
    """Create the Job, and the one of an earlier stage or run away with it."""
    if not observe.image(world).name:
        raise Ended("failed", "the Deployment does not exist")
    yield DONE
    effects.delete_job(world, me)
    yield DONE
    aside = job.database != names.DATABASE
    effects.create_job(world, me, job, mark(job.run, filled, job.stage) if aside else "")
    yield DONE


def watch_job(world: World, me: Controller) -> Effects:
    """Watch the Job to its end; returns it as it was when the watch began."""
    job = observe.job(world)
    yield DONE
    current = observe.job(world)
    while current.state is JobState.RUNNING:
        me.inside = job.database if world.database(job.database) is not None else ""
        yield DONE
        me.inside = ""
        yield WAIT
        current = observe.job(world)
    if current.state is not JobState.SUCCEEDED:
        raise Ended("failed", f"the Job is {current.state.value}")
    return job


def record(world: World, me: Controller, name: str, job: Job, *, seeds: str = "") -> Effects:
    """Write a run into the ledger of the database it worked on."""
    seen = yield from observe.database(world, me, name)
    yield DONE
    effects.write_ledger(world, me, name, Entry(job.run, me.mode.value, seeds, seen.filled))
    yield DONE


def confirmed(world: World, me: Controller, facts: Facts) -> Effects:
    """Hold the lock, and the facts as they are under it; what is another decision by now is decided anew."""
    session = yield from exclusive(world, me)
    migrations = observe.expected(world)
    yield DONE
    _before, decided = me.decided
    now, decision = yield from observe.facts(world, me, migrations)
    if decision.rule != decided.rule:
        raise Overtaken
    yield DECIDED
    return session, now


def build(world: World, me: Controller, facts: Facts) -> Effects:
    """Make what is missing, and let the migrations run in a database aside."""
    try:
        session, now = yield from confirmed(world, me, facts)
        seen = _seen(now)
        number = yield from _passwords(world, me)
        run = now.run
        if not run:
            run = f"run-{world.number()}"
            effects.annotate_claim(world, me, DATABASE_CLAIM, state=names.INITIALIZING, run=run)
            yield DONE
        effects.delete_job(world, me)
        yield DONE
        if seen.building in seen.databases:
            effects.drop_database(world, me, session, seen.building, seen.databases[seen.building])
            yield DONE
        yield from _make_roles(world, me, session, number)
        yield from _make_building(world, me, session, seen.building, run)
        yield from start_job(world, me, Job(run=run, stage=Stage.MIGRATE, database=seen.building))
    finally:
        let_go(world, me)
    yield from watch_job(world, me)


def _passwords(world: World, me: Controller) -> Effects:
    """Read the passwords of the roles, from a Secret that opens this data."""
    observe.readable(world, "secrets")
    if world.secret is None or not world.secret.complete:
        raise Ended("failed", "the Secret has no passwords")
    number = world.secret.number
    yield DONE
    effects.connect(world)
    if world.cluster().passwords[names.SUPERUSER] != number:
        raise Ended("failed", "the Secret does not open this data")
    yield DONE
    return number


def _make_roles(world: World, me: Controller, session: effects.Session, number: int) -> Effects:
    session.alive()
    missing = [role for role in effects.ROLES if role not in world.cluster().passwords]
    for role in missing:
        effects.create_role(world, me, session, role, number)
        yield DONE
    session.alive()
    if names.COLLABORATION_DATABASE not in world.cluster().databases:
        effects.create_database(world, me, session, names.COLLABORATION_DATABASE, own=True)
        yield DONE


def _make_building(world: World, me: Controller, session: effects.Session, name: str, run: str) -> Effects:
    unmarked = f"{name}_{run}"
    effects.drop_leftover(world, me, session, unmarked)
    yield DONE
    effects.create_database(world, me, session, unmarked, own=True)
    yield DONE
    effects.mark_database(world, me, session, unmarked, mark(run))
    yield DONE
    effects.rename(world, me, session, unmarked, name)
    yield DONE
    effects.furnish(world, me, name)
    yield DONE


def seed(world: World, me: Controller, facts: Facts) -> Effects:
    """Ask the seed gate about the building database, and let the seeds run in it."""
    building = _seen(facts).building
    try:
        session, _now = yield from confirmed(world, me, facts)
        built = yield from observe.database(world, me, building, observe.expected(world))
        run = marked_run(built.databases.get(building, ""))
        filled = tuple(table for table, count in built.rows.items() if count)
        effects.mark_database(world, me, session, building, mark(run, filled, Stage.MIGRATE))
        yield DONE
        seen = yield from observe.database(world, me, building, observe.expected(world))
        gate = decide_seeds(seen)
        if gate.decision is not GateDecision.OPEN:
            yield from _given_up(world, me, f"the seed gate did not open: {gate.message}")
        yield from start_job(world, me, Job(run=run, stage=Stage.SEED, database=building), filled)
    finally:
        let_go(world, me)
    yield from watch_job(world, me)


def _given_up(world: World, me: Controller, message: str) -> Effects:
    """Give up an attempt, so that the next run builds anew."""
    effects.delete_job(world, me)
    yield DONE
    raise Ended("failed", message)


def watch(world: World, me: Controller, facts: Facts) -> Effects:
    """Watch a Job that somebody else started."""
    job = yield from watch_job(world, me)
    if job.database == _seen(facts).database:
        yield from _record_migration(world, me, job)


def publish(world: World, me: Controller, facts: Facts) -> Effects:
    """Check what was built against the contract, write the ledger inside it, and rename it."""
    seen = _seen(facts)
    try:
        session, now = yield from confirmed(world, me, facts)
        built = yield from observe.database(world, me, seen.building, observe.expected(world))
        answer = memory.answer(built)
        if answer.state not in (DatabaseState.SEEDED, DatabaseState.MIGRATED):
            yield from _given_up(world, me, f"what was built is not complete: {answer.message}")
        yield from record(world, me, seen.building, now.job, seeds=world.seeds)
        effects.rename(world, me, session, seen.building, seen.database)
        yield DONE
    finally:
        let_go(world, me)


def migrate(world: World, me: Controller, facts: Facts) -> Effects:
    """Run the image's migrations in the published database."""
    try:
        _session, now = yield from confirmed(world, me, facts)
        seen = _seen(now)
        job = Job(run=f"run-{world.number()}", database=seen.database, migrations_before=len(seen.migrations or ()))
        yield from start_job(world, me, job)
    finally:
        let_go(world, me)
    job = yield from watch_job(world, me)
    yield from _record_migration(world, me, job)


def _record_migration(world: World, me: Controller, job: Job) -> Effects:
    yield from exclusive(world, me)
    try:
        yield from record(world, me, job.database, job)
    finally:
        let_go(world, me)


def release_lock(world: World, me: Controller, facts: Facts) -> Effects:
    """Release knex's lock; under the advisory lock it was proved once more that nobody migrates."""
    try:
        yield from confirmed(world, me, facts)
        effects.release_knex_lock(world, me, _seen(facts).database)
        yield DONE
    finally:
        let_go(world, me)


def move_database_aside(world: World, me: Controller, facts: Facts) -> Effects:
    """Rename an empty database that somebody else made."""
    database = _seen(facts).database
    try:
        session, _now = yield from confirmed(world, me, facts)
        effects.rename(world, me, session, database, f"{database}_aside_{world.number()}")
        yield DONE
    finally:
        let_go(world, me)


def adopt(world: World, me: Controller, facts: Facts) -> Effects:
    """Record a complete database that somebody else made."""
    try:
        _session, now = yield from confirmed(world, me, facts)
        yield from record(world, me, _seen(now).database, Job(run=f"run-{world.number()}", database=_seen(now).database))
    finally:
        let_go(world, me)


def record_job(world: World, me: Controller, facts: Facts) -> Effects:
    """Record what a Job did whose controller was killed before it could."""
    yield from _record_migration(world, me, facts.job)


def _seen(facts: Facts) -> DatabaseObservation:
    return t.cast("DatabaseObservation", facts.seen)


STEPS: dict[Step, t.Callable[[World, Controller, Facts], Effects]] = {
    Step.BUILD: build,
    Step.REBUILD: build,
    Step.WATCH: watch,
    Step.SEED: seed,
    Step.PUBLISH: publish,
    Step.MIGRATE: migrate,
    Step.RELEASE_LOCK: release_lock,
    Step.MOVE_DATABASE_ASIDE: move_database_aside,
    Step.ADOPT: adopt,
    Step.RECORD: record_job,
}
