# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_bootstrap: build the application database aside, prove it, publish it by one rename; later, migrate it in place."""

from __future__ import annotations

import typing as t

from ..._adapters.bootstrap import jobs, license_row
from ..._adapters.clock import wait_until
from ..._core import names, waiting
from ..._core.bootstrap import job_environment
from ..._core.database.database import Answer, classify, failed
from ..._core.database.grants import roles
from ..._core.database.properties import TEMPLATE
from ..._core.decision.decision import Decision, decide
from ..._core.decision.situation import Facts
from ..._core.errors import ActionFailed, ObservationFailed
from ..._core.results import build
from ..._core.states import PASSING, DatabaseState, Driver, Mode, Step
from .._context import Result, Run, UseCase, cluster
from ..observing.situation import UNCHANGED_HERE, refuse
from ..release.release import refuse_wrong_values
from . import chart_steps
from .bootstrap_steps import STEPS, Act, Bootstrap, Options, Overtaken, make_roles, missing_roles, repeat_grants

_MAKES = (Step.BUILD, Step.REBUILD)
# PostgreSQL answered a moment ago: what was killed in between is waited for again.
_NOT_YET = (Step.START, Step.PREPARE, Step.MOVE_DATA_ASIDE)


def perform(options: Options, run: Run) -> Result:
    """Decide the next step and take it, until there is nothing left to do."""
    job_environment.refuse(options.job_environment)
    refuse_wrong_values(options)
    with cluster(options) as api:
        bootstrap = Bootstrap(api, options, run.command, run.tell, remember=not run.check_mode)
        by_chart = options.driver is Driver.CHART
        steps = {**STEPS, **chart_steps.STEPS} if by_chart else STEPS
        unanswered = _wait_for_postgresql(bootstrap, run)
        if unanswered is not None:
            return unanswered
        first, facts = _converge(bootstrap, steps, run)
        changed = first.step is not Step.NOTHING
        made = missing_roles(bootstrap) if first.step is Step.NOTHING else []
        if made and not run.check_mode:
            make_roles(bootstrap, made)
        granted = list(roles(facts.seen.lacks)) if facts.seen else []
        if granted and not run.check_mode:
            repeat_grants(bootstrap, granted)
        # What cannot be read after the change ends the run here; nothing is put upon it.
        answer = classify(bootstrap.observe(names.DATABASE)) if granted and not run.check_mode else facts.answer
        if by_chart and changed and not run.check_mode:
            chart_steps.finish(bootstrap)
        licensed, answer = _license(bootstrap, answer, run)
    said = [f"Role {', '.join(made)} did not exist and is created with the Secret's password."] if made else []
    said += [f"Role {', '.join(granted)} is granted again the privileges that the first run granted it."] if granted else []
    said += [licensed] if licensed else []
    if first.step in _MAKES and facts.seen and facts.seen.properties:
        said.append(f"Database '{names.DATABASE}' is created from {TEMPLATE} with {facts.seen.properties.words()}.")
    message = first.message if run.check_mode or not changed else f"{first.message} Now: {answer.message}"
    planned = [f"{first.step.value}: {first.message}"] * changed + said
    return build(
        state=answer.state.value,
        decision=first.step.value,
        message=" ".join([message, *said]),
        next_action=answer.next_action,
        evidence={"rule": first.rule, "roles_made": made, "roles_granted": granted, **answer.evidence},
        changed=changed or bool(made or granted or licensed),
        diff={"before": "", "after": "".join(f"{line}\n" for line in planned)} if run.diff else None,
    )


def _license(bootstrap: Bootstrap, answer: Answer, run: Run) -> tuple[str, Answer]:
    """Make the row of license_state where the table is there and empty, before the application starts (R32).

    A database that is only planned is looked at in the run itself.

    :returns: what was done in words, and how the database is then.
    """
    if answer.evidence.get("licensed") is not False or answer.state not in (DatabaseState.SEEDED, DatabaseState.MIGRATED):
        return "", answer
    server = bootstrap.observer.server
    made = license_row.wanted(bootstrap.api, bootstrap.namespace, server, names.DATABASE)
    if not run.check_mode:
        with bootstrap.exclusive():
            license_row.insert(server, names.DATABASE, made)
        answer = classify(bootstrap.observe(names.DATABASE))
    return f"Table {names.LICENSE_TABLE} is empty, and its one row is inserted, edition {made.edition}.", answer


def _converge(bootstrap: Bootstrap, steps: t.Mapping[Step, Act], run: Run) -> tuple[Decision, Facts]:
    """Decide and act until there is nothing left to do; returns what was done first, and the facts as they are now."""
    done: list[Decision] = []
    last: Decision | None = None
    while True:
        facts, decision = _decide(bootstrap, done)
        if bootstrap.options.driver is Driver.CHART:
            chart_steps.guard(bootstrap, decision.step, check_mode=run.check_mode)
        # A database is withdrawn before a Job works on a new one, never after: that would go round in circles.
        if last and (decision.rule == last.rule or (done and decision.step is Step.WITHDRAW)):
            raise ActionFailed(
                f"The bootstrap step {last.step.value} finished, but the database is not complete: {facts.answer.message} "
                "Check the Job's log; nothing more was attempted.",
                evidence=facts.answer.evidence,
            )
        if decision.step is Step.NOTHING and not run.check_mode:
            jobs.dismiss(bootstrap.api, bootstrap.namespace)
        if decision.step is Step.NOTHING or run.check_mode:
            return next(iter(done), decision), facts
        if decision.step is Step.MOVE_DATA_ASIDE and facts.seen is not None:
            raise ActionFailed(
                f"{decision.message} This is done before PostgreSQL is started, so this run ends here. Run fresh.yml again; "
                "it continues its own first run.",
                evidence=facts.answer.evidence,
            )
        last = decision
        if decision.step in _NOT_YET:
            _wait_for_postgresql(bootstrap, run)
            continue
        try:
            steps[decision.step](bootstrap, facts)
        except Overtaken:
            last = None
        else:
            done.append(decision)


def _wait_for_postgresql(bootstrap: Bootstrap, run: Run) -> Result | None:
    """Wait until PostgreSQL answers; in check mode say instead that the question stays open until it runs."""

    def look() -> ObservationFailed | None:
        try:
            bootstrap.observer.database()
        except ObservationFailed as error:
            if error.reason not in PASSING:
                raise
            return error
        return None

    failure = look()
    if failure is not None and run.check_mode:
        fresh = bootstrap.options.mode is Mode.FRESH
        by_chart = bootstrap.options.driver is Driver.CHART
        how = "created, and the chart's own Job fills it," if by_chart else "built and published"
        plan = (
            f"Database '{names.DATABASE}' is {how} once PostgreSQL runs."
            if fresh
            else "What the bootstrap will do is decided from the database once PostgreSQL runs."
        )
        return build(
            state=failed(failure).state.value,
            decision=Step.START.value,
            message=f"{failure.message} {plan}",
            evidence=failure.evidence,
            changed=fresh,
            diff={"before": "", "after": f"{plan}\n"} if run.diff else None,
        )
    judge = waiting.Judge()
    wait_until(
        look,
        lambda error: error is None,
        what=f"PostgreSQL behind Service {bootstrap.namespace}/{bootstrap.options.service}",
        progress_timeout=bootstrap.options.progress_timeout,
        progress=lambda error: error.reason if error else None,
        describe=lambda error: error.message if error else "it answers",
        final=lambda _error: bootstrap.observer.server.final(judge),
        tell=run.tell,
        next_action="Check alga_db_service, and the PostgreSQL pod with kubectl describe. Its data was not changed.",
    )
    return None


def _decide(bootstrap: Bootstrap, done: t.Sequence[Decision]) -> tuple[Facts, Decision]:
    facts = bootstrap.facts()
    decision = decide(facts)
    taken = ", ".join(each.step.value for each in done)
    before = f"Before that, this run took the steps {taken}; their results are kept." if taken else UNCHANGED_HERE
    refuse(decision, facts, before, facts.answer.state)
    return facts, decision


USE_CASE = UseCase("alga_bootstrap", Options, perform, required_if=(("driver", Driver.CHART.value, ("chart",)),))
