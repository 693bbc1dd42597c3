# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application is up when all of its release is; a page that fails is no page."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.release.application import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import FAILED, UNKNOWN, Answer, status, then

PAGE = path("services", "msp", f"{names.FULLNAME}:3000") + "/proxy/auth/signin"
GATED = complete.deployment()


def ask(*, check_mode: bool = False, **given: t.Any) -> t.Any:
    return USE_CASE.answer(complete.options(USE_CASE, **given), complete.run(check_mode=check_mode))


def answering(ports: Ports, page: t.Any, deployment: t.Any, sets: t.Sequence[t.Any] = (), **there: Answer) -> None:
    known = {complete.STATEFUL_SETS: list(sets), complete.PODS: [], path("events", "msp"): [], complete.SECRETS: []}
    lists = {complete.DEPLOYMENTS: [deployment] if deployment else []}
    ports.api({**lists, **({PAGE: page} if page is not False else {})}, there={**known, **there})


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_application_whose_page_answers_and_whose_release_is_whole_is_up(ports: Ports, check_mode: bool) -> None:
    answering(ports, "<html>", GATED)
    result = ask(check_mode=check_mode)
    assert (result["state"], result["changed"], result["next_action"]) == ("answering", False, "")


@pytest.mark.parametrize("page", [*UNKNOWN.values(), None, status(503, "ServiceUnavailable", "no endpoints available")])
def test_a_page_that_does_not_answer_is_named_when_the_timeout_ends(ports: Ports, page: Answer) -> None:
    answering(ports, page, GATED)
    with pytest.raises(ApplianceError, match=r"to answer"):
        ask(progress_timeout=0)
    answering(ports, page, GATED)
    result = ask(check_mode=True)
    assert result["state"] == "waiting" and result["next_action"]


def test_it_is_waited_for(ports: Ports) -> None:
    answering(ports, then(FAILED, FAILED, "<html>"), GATED)
    assert ask()["state"] == "answering"


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
    result = ask(check_mode=True)
    assert result["state"] == "waiting" and said in result["msg"] and result["next_action"]
