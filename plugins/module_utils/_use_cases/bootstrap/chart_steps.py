# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of the bootstrap in which the chart's own Job does the work: guarded before, watched, looked at afterwards."""

from __future__ import annotations

import uuid

from ..._adapters.bootstrap import chart_job, jobs
from ..._adapters.database import administration
from ..._adapters.release import records
from ..._adapters.release.helm import objects
from ..._adapters.storage import storage
from ..._core import names
from ..._core.bootstrap.bootstrap import Job, JobState, Stage
from ..._core.credentials.credentials import Match
from ..._core.decision.situation import Facts
from ..._core.errors import Refused
from ..._core.release.release import Setup
from ..._core.release.release import chart_job as rendered_job
from ..._core.states import Step
from ..release.release import CoreRelease
from .bootstrap_steps import Act, Bootstrap, applied, observed


def guard(bootstrap: Bootstrap, step: Step, *, check_mode: bool) -> None:
    """Refuse before helm what the chart's Job would do behind the collection's back; in check mode too.

    It sets the password of every role from the Secret (U5): where they differ, that would hide the drift, and lock out whoever
    still has the other password. Roles that do not exist yet are its to make.

    A Job that was left over is deleted first, because helm does not even render over one that it does not know (F31).

    :raises Refused: with the roles, or with what the chart renders.
    """
    if step not in STEPS:
        return
    observer = bootstrap.observer
    roles = observer.roles(observer.passwords())
    hidden = {role: match for role, match in roles.items() if match in (Match.MISMATCH, Match.UNKNOWN)}
    if hidden:
        raise Refused(
            f"The passwords of {', '.join(hidden)} in Secret {observer.appliance.secret} do not match those in PostgreSQL. The "
            "chart's Job would overwrite them in PostgreSQL and lock out their consumers, so helm was not run and nothing "
            "was changed. Restore the Secret that belongs to this data, or set the roles' passwords to the Secret's by hand; "
            f"or set {names.DRIVER_OPTION} to collection, which alters no role.",
            evidence={"roles": {role: match.value for role, match in hidden.items()}},
        )
    if not check_mode:
        chart_job.clear(bootstrap.api, bootstrap.namespace, bootstrap.options.fullname)
    elif chart_job.living(bootstrap.api, bootstrap.namespace, bootstrap.options.fullname):
        return
    _release(bootstrap).with_job(_setup(bootstrap, step))


def finish(bootstrap: Bootstrap) -> None:
    """Leave a release without the Job, and the application at no replicas.

    The revision with the Job gave the application an init container of the chart's. Helm takes it away with the whole list, the
    collection's own gate too, so that has to be over before the gate is put there and replicas are given.
    """
    release = _release(bootstrap)
    found = records.find(bootstrap.api, bootstrap.namespace, bootstrap.options.release)
    if found and rendered_job(objects(found.manifest, bootstrap.namespace), bootstrap.options.fullname):
        release.upgrade(found, release.values(0))


def _release(bootstrap: Bootstrap) -> CoreRelease:
    return CoreRelease(bootstrap.api, bootstrap.options, bootstrap.command, bootstrap.options.mode)


def _setup(bootstrap: Bootstrap, step: Step) -> Setup:
    """The Job seeds what it has just made and nothing else: it asks one table only whether seeds have run (F21, F24, U8)."""
    return Setup(seeds=step is not Step.MIGRATE, demonstration=bootstrap.options.seed_set == "dev")


def _start(bootstrap: Bootstrap, step: Step, run: str, *, before: int) -> None:
    """Let helm make the Job, and write down first whose it will be; whoever calls this holds the advisory lock."""
    release = _release(bootstrap)
    name, wanted = release.with_job(_setup(bootstrap, step))
    stage = Stage.MIGRATE if step is Step.MIGRATE else Stage.SEED
    chart_job.plan(
        bootstrap.api,
        bootstrap.namespace,
        Job(JobState.RUNNING, run, stage, names.DATABASE, migrations_before=before, started_at="now", name=name),
    )
    release.upgrade(records.find(bootstrap.api, bootstrap.namespace, bootstrap.options.release), wanted)


def _build(bootstrap: Bootstrap, facts: Facts) -> None:
    """Make and mark the application database, and let the chart's Job fill it."""
    claim = bootstrap.options.appliance.database_claim
    with bootstrap.confirmed(facts) as (session, now):
        seen = observed(now)
        run = now.run or storage.mark_first_run(bootstrap.api, bootstrap.namespace, claim)
        if seen.building in seen.databases:
            jobs.delete(bootstrap.api, bootstrap.namespace)
            administration.drop_building(session, seen.building, seen.databases[seen.building])
        administration.create_marked(session, seen.database, run)
        _start(bootstrap, Step.BUILD, run, before=0)
    bootstrap.watch_chart_job()


def _migrate(bootstrap: Bootstrap, facts: Facts) -> None:
    """Let the chart's Job migrate in place; what it did is recorded once the database was looked at (F13)."""
    with bootstrap.confirmed(facts) as (_session, now):
        _start(bootstrap, Step.MIGRATE, str(uuid.uuid4()), before=applied(observed(now)))
    bootstrap.watch_chart_job()


STEPS: dict[Step, Act] = {
    Step.BUILD: _build,
    Step.REBUILD: _build,
    Step.MIGRATE: _migrate,
}
