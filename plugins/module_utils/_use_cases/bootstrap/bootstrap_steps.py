# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of the bootstrap: build aside, watch, seed behind the gate, check and publish, migrate in place."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t
import uuid

from ..._adapters.bootstrap import chart_job, image_migrations, jobs, old_application
from ..._adapters.cluster.kubernetes import KubernetesApi
from ..._adapters.database import activity, administration, grants
from ..._adapters.database.postgresql import Session
from ..._adapters.process import Command
from ..._adapters.storage import storage
from ..._core import names
from ..._core.bootstrap.bootstrap import Image, Job, Stage
from ..._core.credentials.credentials import Match
from ..._core.database.database import DatabaseObservation, classify, mark, marked_run
from ..._core.database.migrations import Expected
from ..._core.database.seeds import decide as decide_seeds
from ..._core.decision.decision import decide
from ..._core.decision.situation import Facts
from ..._core.errors import ActionFailed, ObservationFailed, Refused
from ..._core.states import DatabaseState, GateDecision, Step
from .._options import Deciding, Released, Waiting, option
from ..observing.situation import Observer


class Overtaken(Exception):
    """Between the decision and the lock somebody else was faster; the next look decides anew."""


@dataclasses.dataclass(frozen=True)
class Options(Deciding, Released, Waiting):
    """How the database is built and migrated."""

    seed_set: str = option(type="str", choices=sorted(names.SEED_SETS), default="onboarding")
    job_environment: dict[str, t.Any] = option(type="dict", default={})


@dataclasses.dataclass(frozen=True)
class Bootstrap:
    """Everything one run works with.

    :param command: runs a program, for the driver that needs helm.
    :param tell: shows the operator what is waited for.
    :param remember: whether the image's migrations may be written down, which check mode must not do.
    """

    api: KubernetesApi
    options: Options
    command: Command
    tell: t.Callable[[str], None]
    remember: bool = True

    @property
    def namespace(self) -> str:
        """The appliance's namespace."""
        return self.options.namespace

    @property
    def observer(self) -> Observer:
        """Reads the appliance."""
        return Observer(self.api, self.options, self.options.mode, self.options.driver)

    def expected(self) -> tuple[str, ...] | None:
        """The migrations of the application's image; ``None`` while there is no Deployment to name it."""
        image = self.observer.image()
        return self._read(image).migrations if image.name else None

    def _read(self, image: Image) -> Expected:
        return image_migrations.expected(self.api, self.namespace, image, remember=self.remember)

    def facts(self) -> Facts:
        """Everything that the decision is made from."""
        return self.observer.facts(self.expected())

    def observe(self, database: str) -> DatabaseObservation:
        """Read one database, with the migrations of the image at hand."""
        return self.observer.database(database, expected=self.expected())

    def exclusive(self) -> contextlib.AbstractContextManager[Session]:
        """Hold the lock of everything that changes the databases."""
        return administration.exclusive(self.observer.server, progress_timeout=self.options.progress_timeout)

    @contextlib.contextmanager
    def confirmed(self, facts: Facts) -> t.Iterator[tuple[Session, Facts]]:
        """Hold the lock, and the facts as they are under it.

        What was decided may be somebody else's work by now: a Job at work must not be taken away, nor seeds run twice (F20, F21).

        :raises Overtaken: when another decision is due under the lock.
        """
        with self.exclusive() as session:
            now = self.facts()
            if decide(now).rule != decide(facts).rule:
                raise Overtaken
            yield session, now

    def start_job(self, job: Job, filled: t.Iterable[str] = ()) -> None:
        """Create the Job, and the one of an earlier stage or run away with it.

        :param filled: tables that migrations have filled in the database that is built aside.
        """
        image = self.observer.image()
        if not image.name:
            raise Refused(
                f"Could not determine the application's image: Deployment {self.namespace}/{self.options.fullname} does not "
                "exist. Run the playbook from its start, or correct alga_fullname."
            )
        aside = job.database != names.DATABASE
        jobs.delete(self.api, self.namespace)
        jobs.create(
            self.api,
            namespace=self.namespace,
            job=job,
            image=image,
            service=f"{self.options.service}.{self.namespace}.svc",
            secret=self.options.credentials_secret,
            seeds=names.SEED_SETS[self.options.seed_set],
            done=administration.marking(job.database, mark(job.run, filled, job.stage)) if aside else "",
            environment=self.options.job_environment,
        )

    def watch_job(self) -> Job:
        """Watch the Job to its end; returns it as it was when the watch began."""
        job = jobs.read(self.api, self.namespace)
        jobs.watch(
            self.api,
            self.namespace,
            progress_timeout=self.options.progress_timeout,
            progress=lambda: self._progress(job.database),
            waits=lambda: activity.waits(self.observer.server, job.database),
            tell=self.tell,
        )
        return job

    def watch_chart_job(self) -> None:
        """Watch the chart's own Job to its end, and keep its log."""
        chart_job.watch(
            self.api,
            self.namespace,
            self.options.fullname,
            progress_timeout=self.options.progress_timeout,
            progress=lambda: self._progress(names.DATABASE),
            waits=lambda: activity.waits(self.observer.server, names.DATABASE),
            tell=self.tell,
        )

    def _progress(self, database: str) -> object:
        """What a working Job changes; unknown is no progress, never an error."""
        try:
            seen = self.observer.database(database)
            moved = activity.movement(self.observer.server, database)
        except ObservationFailed:
            return None
        return applied(seen), tuple(seen.rows.items()), moved

    def record(self, database: str, job: Job, *, seeds: str = "", outcome: str = administration.COMPLETE) -> None:
        """Write a run into the ledger of the database it worked on."""
        seen, image = self.observer.database(database), self.observer.image()
        if image.name and not image.id:
            # The Job's pod was deleted and the application has none yet; the image itself knows.
            image = dataclasses.replace(image, id=self._read(image).image_id)
        entry = administration.LedgerEntry(
            run=job.run,
            mode=self.options.mode.value,
            image=image,
            seed_set=seeds,
            system_identifier=seen.system_identifier,
            migrations_before=job.migrations_before,
            migrations_after=applied(seen),
            started_at=job.started_at,
            outcome=outcome,
            filled=seen.filled,
        )
        administration.write_ledger(self.observer.server, database, entry)


def missing_roles(bootstrap: Bootstrap) -> list[str]:
    """The contract's roles that do not exist: one that a newer chart wants, or one that was dropped (F3, F8)."""
    found = bootstrap.observer.roles(bootstrap.observer.passwords())
    return [role for role, match in found.items() if match is Match.MISSING]


def make_roles(bootstrap: Bootstrap, roles: t.Sequence[str]) -> None:
    """Make roles with the Secret's passwords, and give them what the first run gives; no existing role is touched."""
    passwords = _passwords(bootstrap.observer)
    with bootstrap.exclusive() as session:
        administration.ensure_roles(session, {role: passwords[role] for role in roles})
        administration.ensure_collaboration_database(session)
        grants.grant(bootstrap.observer.server, session, names.DATABASE, roles)


def repeat_grants(bootstrap: Bootstrap, roles: t.Sequence[str]) -> None:
    """Grant roles once more what the first run granted them; what they have beyond it stays (R5)."""
    with bootstrap.exclusive() as session:
        grants.grant(bootstrap.observer.server, session, names.DATABASE, roles)


def applied(seen: DatabaseObservation) -> int:
    """How many migrations the database has."""
    return len(seen.migrations or ())


def observed(facts: Facts) -> DatabaseObservation:
    """The database of the facts; every step that acts follows from one that was read."""
    return t.cast("DatabaseObservation", facts.seen)


def _build(bootstrap: Bootstrap, facts: Facts) -> None:
    """Make what is missing, and let the migrations run in a database aside."""
    options, server = bootstrap.options, bootstrap.observer.server
    claim = options.appliance.database_claim
    with bootstrap.confirmed(facts) as (session, now):
        seen, passwords = observed(now), _passwords(bootstrap.observer)
        run = now.run or storage.mark_first_run(bootstrap.api, bootstrap.namespace, claim)
        jobs.delete(bootstrap.api, bootstrap.namespace)
        if seen.building in seen.databases:
            administration.drop_building(session, seen.building, seen.databases[seen.building])
        administration.ensure_roles(session, passwords)
        administration.ensure_collaboration_database(session)
        administration.create_building(server, session, building=seen.building, run=run, environment=options.environment)
        bootstrap.start_job(Job(run=run, stage=Stage.MIGRATE, database=seen.building))
    bootstrap.watch_job()


def _seed(bootstrap: Bootstrap, facts: Facts) -> None:
    """Ask the seed gate about the building database, and let the seeds run in it."""
    building = observed(facts).building
    with bootstrap.confirmed(facts) as (session, now):
        built = bootstrap.observe(building)
        run = marked_run(built.databases.get(building, ""))
        # Only migrations have run here so far: whatever rows there are, migrations made them.
        filled = [table for table, count in built.rows.items() if count]
        administration.mark_building(session, building, mark(run, filled, Stage.MIGRATE))
        gate = decide_seeds(bootstrap.observe(building))
        if gate.decision is not GateDecision.OPEN:
            raise _given_up(
                bootstrap, built, (f"Database '{building}' was migrated, but the seed gate did not open. {gate.message}")
            )
        bootstrap.start_job(Job(run=run, stage=Stage.SEED, database=building, started_at=now.job.started_at), filled)
    bootstrap.watch_job()


def _given_up(bootstrap: Bootstrap, built: DatabaseObservation, message: str) -> ActionFailed:
    """Give up an attempt, so that the next run builds anew: without its Job it is one that was cut off."""
    jobs.delete(bootstrap.api, bootstrap.namespace)
    return ActionFailed(
        f"{message} Nothing was published. Fix the cause and run the same playbook again; it drops this attempt and starts over.",
        evidence=built.evidence(),
    )


def _watch(bootstrap: Bootstrap, facts: Facts) -> None:
    if facts.job.is_the_charts:
        # What it did is recorded once the database was looked at: a Job that is complete proves nothing (F13).
        bootstrap.watch_chart_job()
        return
    job = bootstrap.watch_job()
    if job.database == observed(facts).database:
        _record_migration(bootstrap, job)


def _publish(bootstrap: Bootstrap, facts: Facts) -> None:
    """Check what was built against the contract, write the ledger inside it, and rename it."""
    seen = observed(facts)
    with bootstrap.confirmed(facts) as (session, now):
        built = bootstrap.observe(seen.building)
        answer = classify(built)
        if answer.state not in (DatabaseState.SEEDED, DatabaseState.MIGRATED):
            raise _given_up(bootstrap, built, f"Database '{seen.building}' was built but is not complete. {answer.message}")
        bootstrap.record(seen.building, now.job, seeds=bootstrap.options.seed_set)
        administration.publish(session, building=seen.building, database=seen.database)


def _migrate(bootstrap: Bootstrap, facts: Facts) -> None:
    with bootstrap.confirmed(facts) as (_session, now):
        seen, options = observed(now), bootstrap.options
        old_application.stop(bootstrap.api, options.appliance, progress_timeout=options.progress_timeout, tell=bootstrap.tell)
        bootstrap.start_job(
            Job(run=str(uuid.uuid4()), stage=Stage.MIGRATE, database=seen.database, migrations_before=applied(seen))
        )
    _record_migration(bootstrap, bootstrap.watch_job())


def _record_migration(bootstrap: Bootstrap, job: Job) -> None:
    seeds = bootstrap.options.seed_set if job.stage is Stage.SEED else ""
    with bootstrap.exclusive():
        bootstrap.record(job.database, job, seeds=seeds)


def _release_lock(bootstrap: Bootstrap, facts: Facts) -> None:
    """Release knex's lock; under the advisory lock it was proved once more that nobody migrates (F19, U14)."""
    with bootstrap.confirmed(facts):
        administration.release_migration_lock(bootstrap.observer.server, observed(facts).database)


def _move_database_aside(bootstrap: Bootstrap, facts: Facts) -> None:
    """Rename an empty database that somebody else made."""
    database = observed(facts).database
    with bootstrap.confirmed(facts) as (session, _now):
        administration.rename(session, database, _aside(database))


def _aside(database: str) -> str:
    return f"{database}_aside_{uuid.uuid4().hex[:8]}"


def _withdraw(bootstrap: Bootstrap, facts: Facts) -> None:
    """Rename what a first run left unfinished under the application's own name.

    Without rows it becomes a building database, which carries its mark with it and is dropped next. With rows it is only set
    aside: seeds made them, but no rule of this collection drops rows.
    """
    with bootstrap.confirmed(facts) as (session, now):
        seen = observed(now)
        if any(seen.rows.values()):
            administration.rename(session, seen.database, _aside(seen.database))
            return
        if seen.building in seen.databases:
            administration.drop_building(session, seen.building, seen.databases[seen.building])
        administration.rename(session, seen.database, seen.building)


def _adopt(bootstrap: Bootstrap, facts: Facts) -> None:
    """Record a complete database that somebody else made."""
    with bootstrap.confirmed(facts) as (_session, now):
        seen = observed(now)
        job = Job(run=str(uuid.uuid4()), database=seen.database, migrations_before=applied(seen), started_at="now")
        bootstrap.record(seen.database, job, outcome=administration.ADOPTED)


def _passwords(observer: Observer) -> dict[str, str]:
    """The passwords of the application's roles; the superuser's is set by initdb and by nobody else.

    :raises Refused: when the Secret does not hold all of them or does not open this data: no role may get a password of another
        appliance's Secret, because it is never altered again (U5).
    """
    passwords = observer.passwords()
    if observer.roles(passwords)[names.SUPERUSER] is Match.MISMATCH:
        raise Refused(
            f"Secret {observer.appliance.secret} was just replaced by one that does not authenticate to this data. Restore the "
            "one that does."
        )
    return {role: password for role, password in passwords.items() if role != names.SUPERUSER}


def _record(bootstrap: Bootstrap, facts: Facts) -> None:
    """Record what a Job did: the chart's, or one whose controller was killed before it could."""
    _record_migration(bootstrap, facts.job)


Act = t.Callable[[Bootstrap, Facts], None]
STEPS: dict[Step, Act] = {
    Step.BUILD: _build,
    Step.REBUILD: _build,
    Step.WATCH: _watch,
    Step.SEED: _seed,
    Step.PUBLISH: _publish,
    Step.WITHDRAW: _withdraw,
    Step.MIGRATE: _migrate,
    Step.RELEASE_LOCK: _release_lock,
    Step.MOVE_DATABASE_ASIDE: _move_database_aside,
    Step.ADOPT: _adopt,
    Step.RECORD: _record,
}
