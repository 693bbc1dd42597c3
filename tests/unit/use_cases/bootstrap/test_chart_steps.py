# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chart's own Job is guarded before helm, told what it may do, and gone from the release afterwards (F21, F31, U5)."""

from __future__ import annotations

import json
import typing as t

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.scram import verifier
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Step
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap import bootstrap, chart_steps
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap.bootstrap_steps import Bootstrap, Overtaken
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import (
    UNKNOWN,
    Answer,
    ScriptedCommand,
    SqlError,
    deletes,
    patches,
    posts,
    then,
)

NAME = f"{names.FULLNAME}-bootstrap"
RENDERED = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": NAME}, "spec": {}}
URL = f"{complete.JOBS}/{NAME}"
GIVEN = {"mode": "fresh", "chart": "chart", "driver": "chart"}
OPTIONS = complete.read_options(bootstrap.USE_CASE, **GIVEN)


def ended() -> t.Any:
    """The chart's Job of an earlier run, done."""
    made = complete.job()
    return {**made, "metadata": {**made["metadata"], "name": NAME}}


def site(
    ports: Ports,
    *,
    objects: t.Sequence[t.Any] = (RENDERED,),
    last: t.Sequence[t.Any] = (),
    upgrades: bool = False,
    there: dict[str, t.Any] | None = None,
    writes: t.Sequence[t.Any] = (),
    **stored: str,
) -> tuple[Bootstrap, ScriptedCommand]:
    ports.postgresql({"postgres": {}}, everywhere=complete.everywhere({"postgres": ""}, **stored))
    contract = {f"{complete.SECRETS}/{name}": None for name in (*names.generated(names.FULLNAME), names.KEPT_SECRET)}
    records = {complete.RECORDS: complete.records(yaml.safe_dump_all(list(last)))}
    known = {
        **complete.first_run(),
        **contract,
        **records,
        f"{complete.PODS}?labelSelector=batch.kubernetes.io/job-name={NAME}": [],
    }
    api = ports.api({}, there={**known, **(there or {})}, forwards=True, writes=writes)
    answer = json.dumps({"manifest": yaml.safe_dump_all(list(objects)), "hooks": []})
    answers: dict[str, t.Any] = {"--output json --dry-run=server": (0, answer, ""), "helm version": (0, "v3.22.0", "")}
    answers |= {"upgrade --install": (0, answer, "")} if upgrades else {}
    command = ports.command(there=answers)
    return Bootstrap(api, OPTIONS, command, lambda _told: None), command


def test_passwords_that_the_job_would_overwrite_are_refused_before_helm_u5(ports: Ports) -> None:
    made, command = site(ports, app_user=verifier(b"canary-other"))
    with pytest.raises(Refused, match=r"app_user.*helm was not run and nothing was changed.*set alga_bootstrap_driver") as raised:
        chart_steps.guard(made, Step.BUILD, check_mode=False)
    assert command.calls == [] and complete.silent(raised.value.message, raised.value.evidence)


@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_right_is_rendered_and_nothing_is_installed(ports: Ports, check_mode: bool) -> None:
    made, command = site(ports)
    chart_steps.guard(made, Step.BUILD, check_mode=check_mode)
    assert len(command.calls) == 1 and "--dry-run=server" in command.calls[0]
    told = json.loads(command.stdins[0])
    assert told["bootstrap"] == {"mode": "recover"} and told["server"]["replicaCount"] == 0


@pytest.mark.parametrize(("step", "seeds"), [(Step.BUILD, True), (Step.REBUILD, True), (Step.MIGRATE, False)])
def test_seeds_run_only_into_what_was_just_made_f21_f24(ports: Ports, step: Step, seeds: bool) -> None:
    made, command = site(ports)
    chart_steps.guard(made, step, check_mode=True)
    assert json.loads(command.stdins[0])["setup"]["runSeeds"] is seeds


@pytest.mark.parametrize("objects", [[], [{**RENDERED, "metadata": {"name": "other"}}]])
def test_a_chart_without_its_job_is_refused(ports: Ports, objects: t.Any) -> None:
    made, _command = site(ports, objects=objects)
    with pytest.raises(Refused, match=r"has no bootstrap Job .*helm was not run.*Set alga_bootstrap_driver to collection"):
        chart_steps.guard(made, Step.BUILD, check_mode=True)


def test_a_job_that_ended_is_deleted_once_its_log_is_kept_f30_f31(ports: Ports) -> None:
    there = {complete.JOBS: then([ended()], []), URL: None}
    made, _command = site(ports, there=there, writes=[patches(complete.CHART_LOG), deletes(URL)])
    chart_steps.guard(made, Step.BUILD, check_mode=False)


def test_check_mode_leaves_it(ports: Ports) -> None:
    """helm would not render over it, so nothing more can be said before it is gone."""
    made, command = site(ports, there={complete.JOBS: [ended()]})
    chart_steps.guard(made, Step.BUILD, check_mode=True)
    assert command.calls == []


def test_other_steps_are_not_the_charts(ports: Ports) -> None:
    made, _command = site(ports)
    chart_steps.guard(made, Step.NOTHING, check_mode=False)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.JOBS, complete.CREDENTIALS, complete.DATABASE_CLAIM])
def test_what_could_not_be_read_keeps_helm_from_running_f27(ports: Ports, unread: str, answer: Answer) -> None:
    made, command = site(ports, there={unread: answer})
    with pytest.raises(ObservationFailed):
        chart_steps.guard(made, Step.BUILD, check_mode=False)
    assert "upgrade --install" not in " ".join(call for call in command.calls if "dry-run" not in call)


def test_verifiers_that_could_not_be_read_are_not_taken_for_right(ports: Ports) -> None:
    made, _command = site(ports)
    ports.postgresql({"postgres": {}}, everywhere={"SELECT rolname, rolcanlogin": SqlError("42501")})
    with pytest.raises(ObservationFailed):
        chart_steps.guard(made, Step.BUILD, check_mode=False)


@pytest.mark.parametrize("has_job", [False, True])
def test_the_release_is_left_without_the_job_and_the_application_without_a_replica(ports: Ports, has_job: bool) -> None:
    kept = f"{complete.SECRETS}/{names.KEPT_SECRET}"
    writes = [posts(complete.SECRETS), deletes(kept)] if has_job else []
    made, command = site(ports, last=[RENDERED] if has_job else [], upgrades=has_job, writes=writes)
    chart_steps.finish(made)
    upgrades = [said for call, said in zip(command.calls, command.stdins, strict=True) if "upgrade" in call]
    assert len(upgrades) == has_job
    for said in upgrades:
        assert json.loads(said)["server"]["replicaCount"] == 0 and json.loads(said)["setup"]["runMigrations"] is False


def test_a_step_that_somebody_else_took_is_not_taken_f20(ports: Ports) -> None:
    """Under the lock there is a database which was not there before."""
    made, _command = site(ports)
    facts = made.facts()
    ports.postgresql(
        {"postgres": {}, "server": complete.inside()}, everywhere=complete.everywhere({"postgres": "", "server": ""})
    )
    with pytest.raises(Overtaken):
        chart_steps.STEPS[Step.BUILD](made, facts)
