# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_initial_tenant: make the first tenant where a Secret asks for it, and prove that its administrator can log in."""

from __future__ import annotations

import dataclasses

from ..._adapters.cluster.kubernetes import KubernetesApi
from ..._adapters.cluster.secrets import read_secret
from ..._adapters.tenant import tenant_job
from ..._core import names
from ..._core.bootstrap import job_environment, job_log
from ..._core.errors import ActionFailed, ObservationFailed, Refused
from ..._core.results import build
from ..._core.states import PASSING, DatabaseState
from ..._core.tenant.tenant import Decision, Seen, TenantStage, TenantState, TenantStep, Wanted, read
from .._context import Result, Run, UseCase, cluster
from .initial_tenant_steps import STEPS, FirstTenant, Options, Outcome

_NOT_PUBLISHED = (DatabaseState.ABSENT, DatabaseState.BUILDING, DatabaseState.CREATED, DatabaseState.BEHIND)


def perform(options: Options, run: Run) -> Result:
    """Decide the next step and take it, until the first tenant is complete or is kept as it is."""
    job_environment.refuse(options.job_environment)
    with cluster(options) as api:
        wanted = _wanted(api, options)
        if wanted is None:
            return build(
                state=TenantState.NOT_REQUESTED.value,
                decision=TenantStep.KEEP.value,
                message=f"Secret {_secret(options)} does not exist, so no first tenant is requested and none is created.",
            )
        app = tenant_job.application(api, options.namespace, options.fullname)
        if app is None:
            missing = f"Deployment {options.namespace}/{options.fullname} does not exist."
            if run.check_mode:
                return _planned(wanted, run, missing)
            raise Refused(f"The first tenant requires the application. {missing} Run recover.yml, or correct alga_fullname.")
        first_tenant = FirstTenant(api, app, options, wanted, run.tell)
        return _plan(first_tenant, run) if run.check_mode else _work(first_tenant, run)


def _secret(options: Options) -> str:
    return f"{options.namespace}/{names.INITIAL_TENANT_SECRET}"


def _wanted(api: KubernetesApi, options: Options) -> Wanted | None:
    data = read_secret(api, options.namespace, names.INITIAL_TENANT_SECRET)
    if data is None:
        return None
    wanted, faults = read(data, _secret(options))
    if wanted is None:
        raise Refused(
            f"{faults} Correct the Secret, or delete it if no tenant should be created, then run recover.yml.",
            evidence={"state": TenantState.UNKNOWN.value, "secret": _secret(options)},
        )
    return wanted


def _plan(first_tenant: FirstTenant, run: Run) -> Result:
    """Say what would be done, where the database is not published yet too."""
    try:
        seen, decision = first_tenant.decide()
    except ObservationFailed as error:
        if error.reason not in PASSING:
            raise
        return _planned(first_tenant.wanted, run, error.message)
    if seen.answer.state in _NOT_PUBLISHED:
        return _planned(first_tenant.wanted, run, seen.answer.message)
    _refuse(decision, seen, None)
    if decision.step is TenantStep.CREATE and (unmet := first_tenant.unmet()):
        awaited = f"Before that, the run waits for what the command requires: {unmet}."
        decision = dataclasses.replace(decision, message=f"{decision.message} {awaited}")
    return _result(decision, decision, seen, run)


def _planned(wanted: Wanted, run: Run, why: str) -> Result:
    plan = f"Whether tenant {wanted.name} must be created is decided once the application database is published."
    return build(
        state=TenantState.UNKNOWN.value,
        decision=TenantStep.CREATE.value,
        message=f"{why} {plan}",
        changed=True,
        diff={"before": "", "after": f"{plan}\n"} if run.diff else None,
    )


def _work(first_tenant: FirstTenant, run: Run) -> Result:
    first: Decision | None = None
    outcome: Outcome | None = None
    while True:
        seen, decision = first_tenant.decide(in_vain=bool(outcome and outcome.went_on))
        first = first or decision
        _refuse(decision, seen, outcome)
        if decision.step is TenantStep.KEEP:
            tenant_job.dismiss(first_tenant.api, first_tenant.namespace)
            return _result(first, decision, seen, run)
        if outcome is not None and decision.step is outcome.step:
            raise _in_vain(first_tenant, seen, outcome)
        done = STEPS[decision.step](first_tenant)
        # After its rows were set aside there is nothing left to go on with, and the command begins anew, once.
        outcome = None if decision.step is TenantStep.SET_ASIDE else done or outcome


def _refuse(decision: Decision, seen: Seen, outcome: Outcome | None) -> None:
    if decision.step is TenantStep.REFUSE:
        log = {"log": outcome.log} if outcome else {}
        raise Refused(
            f"{decision.message} {decision.next_action}",
            next_action=decision.next_action,
            evidence={"state": decision.state.value, "decision": decision.step.value, **seen.evidence(), **log},
        )


def _in_vain(first_tenant: FirstTenant, seen: Seen, outcome: Outcome) -> ActionFailed:
    """A Job ended, in whichever way, and the rows are not there (F13: success is never an exit code)."""
    counts = ", ".join(f"{table} {count}" for table, count in seen.rows.items())
    said = job_log.end("\n".join(outcome.log))
    if outcome.step is TenantStep.CREATE:
        job, what = tenant_job.name(TenantStage.COMMAND), f"the command {' '.join(first_tenant.options.command)}"
        lacking = f"tenant {first_tenant.wanted.name} and its administrator do not exist"
        action = f"Correct {names.INITIAL_TENANT_COMMAND_OPTION} or fix what the log names"
    else:
        job, what = tenant_job.name(TenantStage.SEEDS), "the onboarding seeds"
        lacking, action = "the roles have no permissions", "Fix what the log names"
    return ActionFailed(
        f"Job {first_tenant.namespace}/{job} ran {what} and has {outcome.state.value}, but the database shows that "
        f"{lacking} ({counts}). The end of its log: {said}. {action}, then run recover.yml.",
        evidence={"state": TenantState.PARTIAL.value, **seen.evidence(), "log": outcome.log},
    )


def _result(first: Decision, last: Decision, seen: Seen, run: Run) -> Result:
    changed = first.step is not TenantStep.KEEP
    return build(
        state=last.state.value,
        decision=first.step.value,
        message=first.message if first is last else f"{first.message} Now: {last.message}",
        next_action=last.next_action,
        evidence=seen.evidence(),
        drift=last.drift,
        changed=changed,
        diff={"before": "", "after": f"{first.step.value}: {first.message}\n" if changed else ""} if run.diff else None,
    )


USE_CASE = UseCase("alga_initial_tenant", Options, perform, states=TenantState)
