# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the cluster is asked about charts: only what the charts leave open, and no answer is not "no"."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.charts.documents import read_documents
from ansible_collections.alga.appliance.plugins.module_utils._adapters.charts.live import observe
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.addresses import Service
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.check import check
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.rendered import Charts, Live, RenderedChart
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.rows import Row
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import FORBIDDEN, UNKNOWN, Answer

WORKER, DB, REDIS = (
    "/apis/apps/v1/namespaces/msp/deployments/worker",
    *(f"/api/v1/namespaces/msp/services/{name}" for name in ("db", "redis")),
)
TEXT = """
kind: Deployment
metadata: {name: worker}
spec:
  template:
    spec:
      containers:
      - name: main
        env: [{name: DB_HOST, value: db}, {name: REDIS_HOST, value: redis}, {name: TEMPORAL_ADDRESS, value: "temporal:7233"}]
---
{kind: Service, metadata: {name: temporal}}
---
{kind: HorizontalPodAutoscaler, metadata: {name: worker}}
"""
SELECTOR = {"matchLabels": {"app": "worker"}}
ANSWERS: dict[str, Answer] = {
    WORKER: {"spec": {"selector": SELECTOR}},
    DB: {"kind": "Service"},
    REDIS: None,
    "/apis": {"groups": [{"name": "apps"}, {"name": "metrics.k8s.io"}]},
}


def charts(text: str = TEXT) -> Charts:
    return Charts([RenderedChart("worker", read_documents("worker", text))], "msp")


def test_what_the_charts_leave_open_is_asked_w15(ports: Ports) -> None:
    expected = Live(frozenset({Service("msp", "db")}), frozenset(), {("Deployment", "msp", "worker"): SELECTOR}, metrics=True)
    assert observe(ports.api(ANSWERS), charts()) == expected
    none = {**ANSWERS, WORKER: None, "/apis": {"groups": [{"name": "apps"}]}}
    assert observe(ports.api(none), charts()) == Live(frozenset({Service("msp", "db")}))


def test_nothing_is_asked_where_nothing_is_open(ports: Ports) -> None:
    assert observe(ports.api({}), charts("{kind: Service, metadata: {name: temporal}}")) == Live(frozenset())


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", ANSWERS)
def test_what_could_not_be_read_is_not_missing_f27(ports: Ports, unread: str, answer: Answer) -> None:
    with pytest.raises(ObservationFailed):
        observe(ports.api(there={**ANSWERS, unread: answer}), charts())


ELSEWHERE = "kind: Pod\nspec: {containers: [{name: c, env: [{name: DB_HOST, value: db.other.svc}]}]}\n"


def test_a_forbidden_service_of_another_namespace_is_not_verified_w15_f27(ports: Ports) -> None:
    service = "/api/v1/namespaces/other/services/db"
    given = charts(ELSEWHERE)
    live = observe(ports.api({service: FORBIDDEN}), given)
    assert live == Live(frozenset(), frozenset({Service("other", "db")}))
    (finding,) = (each for each in check(replace(given, live=live)) if each.row is Row.MISSING_SERVICE)
    assert "not allowed to see whether the cluster has it." in finding.message and "does not have" not in finding.message
    with pytest.raises(ObservationFailed):
        observe(ports.api({service: UNKNOWN["failed"]}), given)


def test_a_workload_that_the_cluster_names_is_not_asked_for(ports: Ports) -> None:
    assert observe(ports.api({}), charts("kind: Deployment\nmetadata: {generateName: p-}\n")) == Live(frozenset())
