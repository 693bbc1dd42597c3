# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_bootstrap: build the application database aside, prove it, publish it by one rename; later, migrate it in place."""

from __future__ import annotations

import datetime
import typing as t
import uuid
from dataclasses import dataclass

from .._adapters import administration, jobs
from .._adapters.clock import wait_until
from .._adapters.database import InCluster, Question, observe
from .._adapters.kubernetes import KubernetesApi, decode, path
from .._core import names
from .._core.bootstrap import Decision, Step, decide
from .._core.database import Answer, DatabaseObservation, classify, failed
from .._core.errors import ActionFailed, ObservationFailed, Refused
from .._core.results import build
from .._core.seeds import decide as decide_seeds
from .._core.states import DatabaseState, GateDecision, Mode, Reason
from ._context import CLUSTER, DATABASE, SEED_CONTRACT, Params, Result, Run, Spec, UseCase, cluster

SPEC: Spec = {
    **CLUSTER,
    **DATABASE,
    **SEED_CONTRACT,
    "mode": {"type": "str", "choices": [mode.value for mode in Mode], "required": True},
    "run": {"type": "str", "default": ""},
    "image": {"type": "str", "required": True},
    "script": {"type": "str", "required": True},
    "seed_set": {"type": "str", "choices": sorted(names.SEED_SETS), "default": "onboarding"},
    "job_environment": {"type": "dict", "default": {}},
    "patience": {"type": "int", "default": 600},
}


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

    def question(self, database: str) -> Question:
        """What to read of one database."""
        return Question(
            database=database,
            tables=tuple(self.params["tables"]),
            production=self.params["environment"] == "production",
        )

    def look(self) -> tuple[DatabaseObservation, Answer]:
        """Observe and classify the published database."""
        seen = observe(self.server, self.question(names.DATABASE))
        return seen, classify(seen)

    def migrations(self, database: str) -> int | None:
        """How many migrations are applied, as a sign of progress; unknown is no progress, never an error."""
        try:
            seen = observe(self.server, self.question(database))
        except ObservationFailed:
            return None
        return None if seen.migrations is None else len(seen.migrations)

    def start_job(self, run: str, database: str, seeds: str) -> None:
        """Create the Job, and the one of an earlier run away with it."""
        jobs.delete(self.api, self.namespace)
        jobs.create(
            self.api,
            namespace=self.namespace,
            run=run,
            image=self.params["image"],
            script=self.params["script"],
            database=database,
            service=f"{self.params['service']}.{self.namespace}.svc.cluster.local",
            secret=self.params["credentials_secret"],
            seeds=seeds,
            environment=self.params["job_environment"],
        )

    def watch_job(self) -> str:
        """Watch the Job to its end; returns the database it worked on."""
        job = jobs.read(self.api, self.namespace)
        jobs.watch(
            self.api,
            self.namespace,
            job,
            patience=self.params["patience"],
            progress=lambda: self.migrations(job.database),
        )
        return job.database


def perform(params: Params, run: Run) -> Result:
    """Decide the next step and take it, until there is nothing left to do."""
    with cluster(params) as api:
        server = InCluster(api, params["namespace"], params["service"], params["credentials_secret"])
        bootstrap = Bootstrap(api, server, params)
        unanswered = _wait_for_postgresql(bootstrap, run)
        if unanswered is not None:
            return unanswered
        first: Decision | None = None
        last: Step | None = None
        started = datetime.datetime.now(datetime.UTC).isoformat()
        while True:
            seen, answer = bootstrap.look()
            decision = _decide(bootstrap, seen, answer)
            if decision.step is Step.REFUSE:
                raise Refused(
                    f"{decision.message} {decision.next_action}",
                    evidence={"state": answer.state.value, "decision": decision.step.value, **answer.evidence},
                )
            if decision.step is last:
                raise ActionFailed(
                    f"The bootstrap step {decision.step.value} came to its end, and the database is as before: {answer.message} "
                    "Look at the Job's log; nothing more was tried.",
                    evidence=answer.evidence,
                )
            first, last = first or decision, decision.step
            if decision.step is Step.NOTHING or run.check_mode:
                break
            _STEPS[decision.step](bootstrap, seen, started)
    changed = first.step is not Step.NOTHING
    return build(
        state=answer.state.value,
        decision=first.step.value,
        message=first.message if run.check_mode or not changed else f"{first.message} Now: {answer.message}",
        next_action=answer.next_action,
        evidence=answer.evidence,
        changed=changed,
        diff={"before": "", "after": f"{first.step.value}: {first.message}\n" if changed else ""} if run.diff else None,
    )


def _wait_for_postgresql(bootstrap: Bootstrap, run: Run) -> Result | None:
    """Wait until PostgreSQL answers; in check mode say instead that the question stays open until it runs."""

    def look() -> ObservationFailed | None:
        try:
            bootstrap.look()
        except ObservationFailed as error:
            if error.reason not in _PASSING:
                raise
            return error
        return None

    failure = look()
    if failure is not None and run.check_mode:
        return build(
            state=failed(failure).state.value,
            decision="wait",
            message=f"{failure.message} What the bootstrap will do is decided from the database once PostgreSQL runs.",
            evidence=failure.evidence,
        )
    wait_until(
        look,
        lambda error: error is None,
        what=f"PostgreSQL behind Service {bootstrap.namespace}/{bootstrap.params['service']}",
        patience=bootstrap.params["patience"],
        progress=lambda error: error.reason if error else None,
        describe=lambda error: error.message if error else "it answers",
        next_action="Look at PostgreSQL's pod with kubectl describe; its data was not touched.",
    )
    return None


def _decide(bootstrap: Bootstrap, seen: DatabaseObservation, answer: Answer) -> Decision:
    return decide(
        mode=Mode(bootstrap.params["mode"]),
        run=bootstrap.params["run"],
        seen=seen,
        answer=answer,
        job=jobs.read(bootstrap.api, bootstrap.namespace),
        image=bootstrap.params["image"],
    )


def _build(bootstrap: Bootstrap, seen: DatabaseObservation, started: str) -> None:
    params = bootstrap.params
    run = params["run"]
    with administration.exclusive(bootstrap.server) as session:
        jobs.delete(bootstrap.api, bootstrap.namespace)
        if seen.building in seen.databases:
            administration.drop_building(session, seen.building, seen.databases[seen.building])
        administration.ensure_roles(session, _passwords(bootstrap))
        administration.ensure_collaboration_database(session)
        administration.create_building(
            bootstrap.server, session, building=seen.building, run=run, environment=params["environment"]
        )
        bootstrap.start_job(run, seen.building, names.SEED_SETS[params["seed_set"]])
    _watch(bootstrap, seen, started)


def _watch(bootstrap: Bootstrap, _seen: DatabaseObservation, started: str) -> None:
    database = bootstrap.watch_job()
    if database == names.DATABASE:
        _record_migration(bootstrap, started)
    else:
        _publish(bootstrap, _seen, started)


def _publish(bootstrap: Bootstrap, seen: DatabaseObservation, started: str) -> None:
    """Check what was built against the contract, write the ledger inside it, and rename it."""
    built = observe(bootstrap.server, bootstrap.question(seen.building))
    gate = decide_seeds(built)
    complete = gate.decision is GateDecision.CLOSED or gate.state is DatabaseState.MIGRATED
    if not complete:
        raise ActionFailed(
            f"Database {seen.building} was built and is not complete, so it was not published. {gate.message} Mend the "
            "cause and run fresh.yml again; it drops this attempt and starts anew.",
            evidence=built.evidence(),
        )
    run = jobs.read(bootstrap.api, bootstrap.namespace).run
    entry = _entry(bootstrap, run, Mode.FRESH, built, before=0, started=started, seeds=bootstrap.params["seed_set"])
    with administration.exclusive(bootstrap.server) as session:
        administration.write_ledger(bootstrap.server, seen.building, entry)
        administration.publish(session, building=seen.building, database=seen.database)


def _migrate(bootstrap: Bootstrap, _seen: DatabaseObservation, started: str) -> None:
    with administration.exclusive(bootstrap.server):
        bootstrap.start_job(str(uuid.uuid4()), names.DATABASE, "")
    bootstrap.watch_job()
    _record_migration(bootstrap, started)


def _record_migration(bootstrap: Bootstrap, started: str) -> None:
    seen, _answer = bootstrap.look()
    run = jobs.read(bootstrap.api, bootstrap.namespace).run
    entry = _entry(bootstrap, run, Mode.RECOVER, seen, before=0, started=started, seeds="")
    with administration.exclusive(bootstrap.server):
        administration.write_ledger(bootstrap.server, names.DATABASE, entry)


def _entry(
    bootstrap: Bootstrap,
    run: str,
    mode: Mode,
    seen: DatabaseObservation,
    *,
    before: int,
    started: str,
    seeds: str,
) -> administration.LedgerEntry:
    return administration.LedgerEntry(
        run=run,
        mode=mode.value,
        image=bootstrap.params["image"],
        seed_set=seeds,
        system_identifier=seen.system_identifier,
        migrations_before=before,
        migrations_after=len(seen.migrations or ()),
        started_at=started,
    )


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


_PASSING = (Reason.SERVICE_NOT_FOUND, Reason.NO_RUNNING_POD, Reason.CONNECTION_FAILED, Reason.STARTING_UP)
_STEPS: dict[Step, t.Callable[[Bootstrap, DatabaseObservation, str], None]] = {
    Step.BUILD: _build,
    Step.REBUILD: _build,
    Step.WATCH: _watch,
    Step.PUBLISH: _publish,
    Step.MIGRATE: _migrate,
}

USE_CASE = UseCase("alga_bootstrap", SPEC, perform)
