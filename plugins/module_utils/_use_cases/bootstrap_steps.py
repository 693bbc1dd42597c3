# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of the bootstrap: build aside, watch, check and publish, migrate in place."""

from __future__ import annotations

import contextlib
import typing as t
import uuid
from dataclasses import dataclass

from .._adapters import administration, jobs
from .._adapters.database import InCluster, Question, observe
from .._adapters.images import in_use
from .._adapters.kubernetes import KubernetesApi, decode, path
from .._adapters.postgresql import Session
from .._core import names
from .._core.bootstrap import Image, Job, Step
from .._core.database import Answer, DatabaseObservation, classify
from .._core.errors import ActionFailed, ObservationFailed, Refused
from .._core.seeds import decide as decide_seeds
from .._core.states import DatabaseState, GateDecision, Mode
from ._context import Params


@dataclass(frozen=True)
class Bootstrap:
    """Everything one run works with."""

    api: KubernetesApi
    server: InCluster
    params: Params

    @property
    def namespace(self) -> str:
        """The appliance's namespace."""
        return str(self.params["namespace"])

    def observe(self, database: str) -> DatabaseObservation:
        """Read one database."""
        question = Question(
            database=database,
            tables=tuple(self.params["tables"]),
            production=self.params["environment"] == "production",
        )
        return observe(self.server, question)

    def look(self) -> tuple[DatabaseObservation, Answer]:
        """Observe and classify the published database."""
        seen = self.observe(names.DATABASE)
        return seen, classify(seen)

    def image(self) -> Image:
        """The application's image."""
        return in_use(self.api, self.namespace, self.params["fullname"])

    def job(self) -> Job:
        """The bootstrap Job as it stands."""
        return jobs.read(self.api, self.namespace)

    def exclusive(self) -> contextlib.AbstractContextManager[Session]:
        """Hold the lock of everything that changes the databases."""
        return administration.exclusive(self.server, patience=self.params["patience"])

    def start_job(self, job: Job, seeds: str) -> None:
        """Create the Job, and the one of an earlier run away with it."""
        image = self.image()
        if not image.name:
            raise Refused(
                f"Deployment {self.namespace}/{self.params['fullname']} was looked up for the application's image and does not "
                "exist. Run the playbook from its start, or correct alga_fullname."
            )
        jobs.delete(self.api, self.namespace)
        jobs.create(
            self.api,
            namespace=self.namespace,
            job=job,
            image=image.name,
            script=self.params["script"],
            service=f"{self.params['service']}.{self.namespace}.svc.cluster.local",
            secret=self.params["credentials_secret"],
            seeds=seeds,
            environment=self.params["job_environment"],
        )

    def watch_job(self) -> Job:
        """Watch the Job to its end; returns it as it was when the watch began."""
        job = self.job()
        jobs.watch(
            self.api,
            self.namespace,
            job,
            patience=self.params["patience"],
            progress=lambda: self._migrations(job.database),
        )
        return job

    def _migrations(self, database: str) -> int | None:
        """How many migrations are applied, as a sign of progress; unknown is no progress, never an error."""
        try:
            return _count(self.observe(database))
        except ObservationFailed:
            return None

    def record(self, database: str, job: Job, mode: Mode, seeds: str) -> None:
        """Write the Job's run into the ledger of the database it worked on."""
        seen = self.observe(database)
        entry = administration.LedgerEntry(
            run=job.run,
            mode=mode.value,
            image=self.image(),
            seed_set=seeds,
            system_identifier=seen.system_identifier,
            migrations_before=job.migrations_before,
            migrations_after=_count(seen),
            started_at=job.started_at,
        )
        administration.write_ledger(self.server, database, entry)


def _count(seen: DatabaseObservation) -> int:
    return len(seen.migrations or ())


def _build(bootstrap: Bootstrap, seen: DatabaseObservation) -> None:
    params = bootstrap.params
    with bootstrap.exclusive() as session:
        jobs.delete(bootstrap.api, bootstrap.namespace)
        if seen.building in seen.databases:
            administration.drop_building(session, seen.building, seen.databases[seen.building])
        administration.ensure_roles(session, _passwords(bootstrap))
        administration.ensure_collaboration_database(session)
        administration.create_building(
            bootstrap.server, session, building=seen.building, run=params["run"], environment=params["environment"]
        )
        bootstrap.start_job(Job(run=params["run"], database=seen.building), names.SEED_SETS[params["seed_set"]])
    _watch(bootstrap, seen)


def _watch(bootstrap: Bootstrap, seen: DatabaseObservation) -> None:
    job = bootstrap.watch_job()
    if job.database == seen.building:
        _publish(bootstrap, seen)
    else:
        _record_migration(bootstrap, job)


def _publish(bootstrap: Bootstrap, seen: DatabaseObservation) -> None:
    """Check what was built against the contract, write the ledger inside it, and rename it."""
    with bootstrap.exclusive() as session:
        built = bootstrap.observe(seen.building)
        if seen.database in built.databases:
            return  # Another run watched the same Job and was faster; the next look sees what it published.
        gate = decide_seeds(built)
        if gate.decision is not GateDecision.CLOSED and gate.state is not DatabaseState.MIGRATED:
            raise ActionFailed(
                f"Database {seen.building} was built and is not complete, so it was not published. {gate.message} Mend the "
                "cause and run fresh.yml again; it drops this attempt and starts anew.",
                evidence=built.evidence(),
            )
        bootstrap.record(seen.building, bootstrap.job(), Mode.FRESH, bootstrap.params["seed_set"])
        administration.publish(session, building=seen.building, database=seen.database)


def _migrate(bootstrap: Bootstrap, seen: DatabaseObservation) -> None:
    with bootstrap.exclusive():
        bootstrap.start_job(Job(run=str(uuid.uuid4()), database=seen.database, migrations_before=_count(seen)), seeds="")
    _record_migration(bootstrap, bootstrap.watch_job())


def _record_migration(bootstrap: Bootstrap, job: Job) -> None:
    with bootstrap.exclusive():
        bootstrap.record(job.database, job, Mode.RECOVER, seeds="")


def _passwords(bootstrap: Bootstrap) -> dict[str, str]:
    """The passwords of the application's roles from the Secret; the superuser's is set by initdb and by nobody else."""
    name = bootstrap.params["credentials_secret"]
    data = decode(bootstrap.api.get(path("secrets", bootstrap.namespace, name))) or {}
    wanted = {role: key for role, key in names.ROLE_KEYS.items() if role != names.SUPERUSER}
    missing = [key for key in wanted.values() if not data.get(key)]
    if missing:
        raise Refused(
            f"Secret {bootstrap.namespace}/{name} has no value for {', '.join(missing)}, so no role was created. Restore the "
            "Secret from your backup of it, then run the playbook again."
        )
    return {role: data[key].decode() for role, key in wanted.items()}


STEPS: dict[Step, t.Callable[[Bootstrap, DatabaseObservation], None]] = {
    Step.BUILD: _build,
    Step.REBUILD: _build,
    Step.WATCH: _watch,
    Step.PUBLISH: _publish,
    Step.MIGRATE: _migrate,
}
