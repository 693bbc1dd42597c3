# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application starts behind its gate and is up when all of its release is; a page that fails is no page."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.release.application import ANSWER, GATE, USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import FAILED, UNKNOWN, Answer, patches, status, then

CONFIG = path("configmaps", "msp", names.GATE)
PAGE = path("services", "msp", f"{names.FULLNAME}:3000") + "/proxy/auth/signin"
CURRENT = {"data": {"gate.cjs": "// gate"}}
BARE, GATED = complete.deployment(gated=False), complete.deployment()


def ask(step: str, *, check_mode: bool = False, **given: t.Any) -> t.Any:
    options = complete.options(USE_CASE, **{"step": step, "script": "// gate", **given})
    return USE_CASE.answer(options, complete.run(check_mode=check_mode))


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_gate_is_put_before_the_application_and_gets_no_password(ports: Ports, check_mode: bool) -> None:
    applied = patches(complete.DEPLOYMENT, GATED, dry_run=check_mode)
    writes = [applied] if check_mode else [patches(CONFIG), applied]
    api = ports.api({complete.DEPLOYMENT: BARE, CONFIG: None}, writes=writes)
    result = ask(GATE, check_mode=check_mode)
    assert (result["state"], result["changed"]) == ("open", True)
    (gate,) = api.written[-1].body["spec"]["template"]["spec"]["initContainers"]
    assert gate["env"][-1]["valueFrom"]["secretKeyRef"] == {"name": "db-credentials", "key": "DB_PASSWORD_SERVER"}
    assert gate["image"] == complete.IMAGE


def test_a_gate_that_is_there_is_kept(ports: Ports) -> None:
    """The server is asked by an apply that changes nothing."""
    ports.api({complete.DEPLOYMENT: GATED, CONFIG: CURRENT}, writes=[patches(complete.DEPLOYMENT, GATED)])
    result = ask(GATE)
    assert (result["state"], result["decision"], result["changed"]) == ("gated", "keep", False)


def test_without_a_deployment_check_mode_plans_and_a_run_refuses(ports: Ports) -> None:
    ports.api({complete.DEPLOYMENT: None})
    assert ask(GATE, check_mode=True)["changed"]
    with pytest.raises(Refused) as raised:
        ask(GATE)
    assert raised.value.message == (
        f"Could not add the startup gate to Deployment msp/{names.FULLNAME}: it does not exist. Check what helm installed."
    )


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.DEPLOYMENT, CONFIG])
def test_what_could_not_be_read_is_not_a_missing_gate_f27(ports: Ports, unread: str, answer: Answer) -> None:
    ports.api({unread: answer}, there={complete.DEPLOYMENT: BARE})
    with pytest.raises(ApplianceError):
        ask(GATE)


def answering(ports: Ports, page: t.Any, deployment: t.Any, sets: t.Sequence[t.Any] = (), **there: Answer) -> None:
    known = {complete.STATEFUL_SETS: list(sets), complete.PODS: [], path("events", "msp"): [], complete.SECRETS: []}
    lists = {complete.DEPLOYMENTS: [deployment] if deployment else []}
    ports.api({**lists, **({PAGE: page} if page is not False else {})}, there={**known, **there})


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_application_whose_page_answers_and_whose_release_is_whole_is_up(ports: Ports, check_mode: bool) -> None:
    answering(ports, "<html>", GATED)
    result = ask(ANSWER, check_mode=check_mode)
    assert (result["state"], result["changed"], result["next_action"]) == ("answering", False, "")


@pytest.mark.parametrize("page", [*UNKNOWN.values(), None, status(503, "ServiceUnavailable", "no endpoints available")])
def test_a_page_that_does_not_answer_is_named_when_patience_ends(ports: Ports, page: Answer) -> None:
    answering(ports, page, GATED)
    with pytest.raises(ApplianceError, match=r"to answer"):
        ask(ANSWER, patience=0)
    answering(ports, page, GATED)
    result = ask(ANSWER, check_mode=True)
    assert result["state"] == "waiting" and result["next_action"]


def test_it_is_waited_for(ports: Ports) -> None:
    answering(ports, then(FAILED, FAILED, "<html>"), GATED)
    assert ask(ANSWER)["state"] == "answering"


REDIS = {
    "metadata": {
        "name": "redis",
        "namespace": "msp",
        "generation": 1,
        "annotations": {names.HELM_RELEASE_ANNOTATION: names.RELEASE},
    },
    "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "redis"}}, "template": {"spec": {"containers": []}}},
    "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 0},
}


@pytest.mark.parametrize(
    ("deployment", "sets", "said"),
    [
        (None, (), "owns no Deployment"),
        (complete.deployment(replicas=0), (), "no replica"),
        # An application can answer before its Redis has a volume.
        (GATED, (REDIS,), "StatefulSet redis: 0 of 1 replicas are available"),
    ],
)
def test_a_release_that_lacks_something_is_not_up(ports: Ports, deployment: t.Any, sets: t.Any, said: str) -> None:
    answering(ports, False, deployment, sets)
    result = ask(ANSWER, check_mode=True)
    assert result["state"] == "waiting" and said in result["msg"] and result["next_action"]
