# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporal and its worker are looked for by what the API server has: what is absent, and what does not run yet (R33)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.tenant import tenant_needs
from ansible_collections.alga.appliance.plugins.module_utils._core.tenant.tenant_needs import Temporal

FRONTEND = Temporal("temporal-frontend:7233", "temporal-frontend")
SERVICE = {"spec": {"selector": {"app": "temporal"}}}


class Listing:
    """The API, reduced to one Service and lists by the last part of their path; any other question fails."""

    def __init__(self, service: dict[str, t.Any] | None, **lists: list[dict[str, t.Any]]) -> None:
        self._service = service
        self._lists = {"statefulsets": [], "pods": [], **lists}

    def get(self, url: str) -> dict[str, t.Any] | None:
        assert url == path("services", "msp", "temporal-frontend")
        return self._service

    def items(self, url: str, **_query: str) -> list[dict[str, t.Any]]:
        return self._lists[url.rpartition("/")[2]]


def deployment(name: str, *, available: int = 1, replicas: int = 1, release: str = "") -> dict[str, t.Any]:
    annotations = {"meta.helm.sh/release-name": release} if release else None
    labels = {"app": name}
    return {
        "metadata": {"name": name, "namespace": "msp", "generation": 1, "annotations": annotations},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}},
        "status": {
            "observedGeneration": 1,
            "availableReplicas": available,
            "updatedReplicas": replicas,
            "replicas": replicas,
        },
    }


def look(service: dict[str, t.Any] | None, *deployments: dict[str, t.Any], needed: Temporal = FRONTEND) -> tenant_needs.Seen:
    return tenant_needs.look(t.cast("t.Any", Listing(service, deployments=list(deployments))), "msp", needed)


TEMPORAL, WORKER = deployment("temporal"), deployment("temporal-worker")


@pytest.mark.parametrize(
    ("seen", "absent"),
    [
        (
            look(None),
            (
                "Service msp/temporal-frontend does not exist",
                "no Deployment msp/temporal-worker and none of release temporal-worker exists",
            ),
        ),
        (look(SERVICE, WORKER), ("Service msp/temporal-frontend selects the pods of no Deployment or StatefulSet",)),
        (look(SERVICE, TEMPORAL), ("no Deployment msp/temporal-worker and none of release temporal-worker exists",)),
        (
            look(SERVICE, deployment("temporal", replicas=0, available=0), WORKER),
            ("Deployment msp/temporal requests no replica",),
        ),
        (
            look(SERVICE, TEMPORAL, deployment("temporal-worker", replicas=0, available=0)),
            ("Deployment msp/temporal-worker requests no replica",),
        ),
        (look(SERVICE, TEMPORAL, WORKER), ()),
        (look(SERVICE, TEMPORAL, deployment("worker", release="temporal-worker")), ()),
        (look({"spec": {"type": "ExternalName"}}, WORKER), ()),
        (look(None, needed=Temporal("elsewhere:7233", "")), ()),
    ],
)
def test_what_does_not_exist_is_named_r33(seen: tenant_needs.Seen, absent: tuple[str, ...]) -> None:
    assert seen == tenant_needs.Seen(absent)


def test_what_does_not_run_yet_can_be_waited_for_r33() -> None:
    seen = look(SERVICE, deployment("temporal", available=0), deployment("temporal-worker", available=0))
    assert not seen.absent
    assert [(lack.workload["metadata"]["name"], lack.counts) for lack in seen.lacks] == [
        ("temporal", "0 of 1 replicas are available"),
        ("temporal-worker", "0 of 1 replicas are available"),
    ]
