# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of the first tenant: run the command, run the seeds, watch a Job that is at work, record the end."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t
import uuid
from dataclasses import dataclass

from ..._adapters.clock import clauses, wait_until
from ..._adapters.cluster import causes, workloads
from ..._adapters.cluster.kubernetes import KubernetesApi
from ..._adapters.database import activity, administration
from ..._adapters.database.postgresql import Session
from ..._adapters.database.server import InCluster
from ..._adapters.tenant import tenant, tenant_job, tenant_needs, tenant_rows
from ..._core import names, waiting
from ..._core.bootstrap.bootstrap import JobState
from ..._core.credentials.digest import parameters
from ..._core.database.database import classify
from ..._core.errors import ObservationFailed, Refused
from ..._core.tenant.tenant import READABLE, Decision, Entry, Seen, TenantStage, TenantState, TenantStep, Wanted, decide
from ..._core.tenant.tenant_needs import INSTALL, Temporal, temporal
from .._options import Changing, Judged, Named, Waiting, option
from ..observing.situation import read_database


@dataclass(frozen=True)
class Options(Changing, Judged, Named, Waiting):
    """How the first tenant is made."""

    command: list[str] = option(type="list", elements="str", default=list(names.INITIAL_TENANT_COMMAND))
    job_environment: dict[str, t.Any] = option(type="dict", default={})


@dataclass(frozen=True)
class Outcome:
    """How a Job ended, and what it said.

    :param went_on: whether it is the command's, and the half-made tenant was there when it began.
    """

    step: TenantStep
    state: JobState
    log: list[str]
    went_on: bool = False


@dataclass(frozen=True)
class FirstTenant:
    """Everything one run works with.

    :param tell: shows the operator what is waited for.
    """

    api: KubernetesApi
    app: tenant_job.Application
    options: Options
    wanted: Wanted
    tell: t.Callable[[str], None]

    @property
    def namespace(self) -> str:
        """The appliance's namespace."""
        return self.options.namespace

    @property
    def server(self) -> InCluster:
        """The appliance's own PostgreSQL."""
        return InCluster(self.api, self.options.appliance)

    def look(self) -> Seen:
        """Read Jobs, then rows: what a Job did before it was seen to have ended is then among the rows."""
        jobs = tenant_job.read(self.api, self.namespace)
        answer = classify(read_database(self.api, self.options))
        if answer.state not in READABLE:
            return Seen(answer, jobs=jobs)
        pepper, how = tenant_job.pepper(self.api, self.app), parameters(self.app.plain())
        found = tenant.observe(self.server, self.wanted, pepper, how)
        return Seen(answer, found.tenants, found.rows, found.administrators, found.entry, jobs)

    def decide(self, *, in_vain: bool = False) -> tuple[Seen, Decision]:
        """Look and decide."""
        seen = self.look()
        return seen, decide(self.wanted, seen, in_vain=in_vain)

    def await_needs(self) -> None:
        """Wait until what the command needs runs whole (R33).

        :raises Refused: when something of it does not exist, which no wait brings.
        :raises ActionFailed: when it does not come to run.
        """
        needed = self._temporal()
        if needed is None:
            return
        judge = waiting.Judge()
        wait_until(
            lambda: self._needs(needed),
            lambda seen: not seen.lacks,
            what=f"Temporal at {needed.address} and its worker, which create the first tenant,",
            progress_timeout=self.options.progress_timeout,
            progress=lambda seen: [lack.stand for lack in seen.lacks],
            describe=lambda seen: _lacking(self.api, seen),
            final=lambda seen: causes.final(self.api, self.namespace, judge, [(each.workload, each.pods) for each in seen.lacks]),
            tell=self.tell,
            next_action="No tenant was created. Check the pods named here, fix the cause and run recover.yml.",
        )

    def unmet(self) -> str:
        """Say what of the command's needs does not run yet; empty where nothing is known to be missing.

        :raises Refused: when something of it does not exist.
        """
        needed = self._temporal()
        return _lacking(self.api, self._needs(needed)) if needed else ""

    def _temporal(self) -> Temporal | None:
        given = {name: str(value) for name, value in self.options.job_environment.items()}
        return temporal(self.options.command, {**self.app.plain(), **given}, self.namespace)

    def _needs(self, needed: Temporal) -> tenant_needs.Seen:
        seen = tenant_needs.look(self.api, self.namespace, needed)
        if seen.absent:
            raise Refused(
                f"Tenant {self.wanted.name} is created by {' '.join(self.options.command)}, which requires Temporal at "
                f"{needed.address} and its worker: {'; '.join(seen.absent)}. The command was not started. {INSTALL}",
                evidence={"state": TenantState.ABSENT.value, "needs": list(seen.absent)},
            )
        return seen

    @contextlib.contextmanager
    def exclusive(self, step: TenantStep, *, in_vain: bool = False) -> t.Iterator[Seen | None]:
        """Hold the lock of everything that changes the databases, and look once more under it (F20).

        :returns: what was seen; ``None`` when another run was faster and the step is no longer the next one.
        """
        with self.lock():
            seen, decision = self.decide(in_vain=in_vain)
            yield seen if decision.step is step else None

    def lock(self) -> contextlib.AbstractContextManager[Session]:
        """Hold the lock of everything that changes the databases."""
        return administration.exclusive(self.server, progress_timeout=self.options.progress_timeout)

    def start(self, stage: TenantStage, tenant_id: str, command: t.Sequence[str]) -> None:
        """Create a stage's Job."""
        tenant_job.start(
            self.api,
            self.app,
            stage,
            tenant=tenant_id,
            command=command,
            service=f"{self.options.service}.{self.namespace}.svc",
            secret=self.options.credentials_secret,
            environment=self.options.job_environment,
        )

    def watch(self, stage: TenantStage) -> Outcome:
        """Watch a stage's Job to its end."""
        state, log = tenant_job.watch(
            self.api,
            self.namespace,
            stage,
            progress_timeout=self.options.progress_timeout,
            progress=self._progress,
            waits=lambda: activity.waits(self.server, names.DATABASE),
            tell=self.tell,
        )
        step = TenantStep.CREATE if stage is TenantStage.COMMAND else TenantStep.SEED
        return Outcome(step, state, log)

    def _progress(self) -> object:
        """What a working Job changes; unknown is no progress, never an error."""
        try:
            return tuple(read_database(self.api, self.options).rows.items())
        except ObservationFailed:
            return None


def _lacking(api: KubernetesApi, seen: tenant_needs.Seen) -> str:
    return clauses(
        f"{each.workload['kind']} {each.workload['metadata']['name']}: {workloads.why(api, each)}" for each in seen.lacks
    )


def _create(first: FirstTenant) -> Outcome | None:
    first.await_needs()
    with first.exclusive(TenantStep.CREATE) as seen:
        if seen is None:
            return None
        tenant_id = seen.entry.tenant if seen.entry else first.wanted.tenant or str(uuid.uuid4())
        tenant.begin(first.server, tenant_id, first.wanted.name)
        first.start(TenantStage.COMMAND, tenant_id, first.options.command)
    return dataclasses.replace(first.watch(TenantStage.COMMAND), went_on=tenant_id in seen.tenants)


def _set_aside(first: FirstTenant) -> None:
    with first.exclusive(TenantStep.SET_ASIDE, in_vain=True) as seen:
        if seen is not None and seen.entry is not None:
            tenant_rows.set_aside(first.server, seen.entry.tenant)


def _seed(first: FirstTenant) -> Outcome | None:
    with first.exclusive(TenantStep.SEED) as seen:
        if seen is None or seen.entry is None:
            return None
        tenant.begin_seeds(first.server, seen.entry.tenant, names.ONBOARDING)
        first.start(TenantStage.SEEDS, seen.entry.tenant, tenant_job.KNEX)
    return _watch_seeds(first, seen.entry)


def _watch_seeds(first: FirstTenant, entry: Entry) -> Outcome:
    outcome = first.watch(TenantStage.SEEDS)
    if outcome.state is JobState.SUCCEEDED:
        with first.lock():
            tenant.end_seeds(first.server, entry.tenant)
    return outcome


def _watch(first: FirstTenant) -> Outcome | None:
    seen = first.look()
    if seen.jobs.get(TenantStage.SEEDS) is JobState.RUNNING and seen.entry is not None:
        return _watch_seeds(first, seen.entry)
    return first.watch(TenantStage.COMMAND) if seen.jobs.get(TenantStage.COMMAND) is JobState.RUNNING else None


def _record(first: FirstTenant) -> None:
    with first.exclusive(TenantStep.RECORD) as seen:
        if seen is not None and seen.entry is not None:
            tenant.complete(first.server, seen.entry.tenant)


STEPS: dict[TenantStep, t.Callable[[FirstTenant], Outcome | None]] = {
    TenantStep.CREATE: _create,
    TenantStep.SEED: _seed,
    TenantStep.WATCH: _watch,
    TenantStep.SET_ASIDE: _set_aside,
    TenantStep.RECORD: _record,
}
