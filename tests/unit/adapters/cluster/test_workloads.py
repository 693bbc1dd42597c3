# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a workload still lacks, from its status and its pods."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import workloads
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import APPS, CORE, path
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedApi

UNBOUND = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."
NO_KEY = {"reason": "CreateContainerConfigError", "message": "no key"}
PULL = {"reason": "ImagePullBackOff", "message": "no such image"}


def api(**lists: list[dict[str, t.Any]]) -> ScriptedApi:
    """The API, with lists by their kind."""
    return ScriptedApi({path(kind, "msp", group=CORE if kind == "pods" else APPS): found for kind, found in lists.items()})


def workload(
    available: int, updated: int, *, wanted: int = 1, seen: int = 2, strategy: str = "", replicas: int | None = None
) -> dict[str, t.Any]:
    spec: dict[str, t.Any] = {"replicas": wanted, "selector": {"matchLabels": {"app": "redis"}}}
    if strategy:
        spec["updateStrategy"] = {"type": strategy}
    return {
        "kind": "StatefulSet",
        "metadata": {"name": "redis", "namespace": "msp", "generation": 2},
        "spec": spec,
        "status": {
            "observedGeneration": seen,
            "availableReplicas": available,
            "updatedReplicas": updated,
            "replicas": wanted if replicas is None else replicas,
        },
    }


def pod(*, message: str = "", waiting: dict[str, str] | None = None) -> dict[str, t.Any]:
    states = {"waiting": waiting} if waiting else {"running": {}}
    status: dict[str, t.Any] = {"phase": "Pending", "containerStatuses": [{"state": states}]}
    if message:
        status["conditions"] = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]
    return {"metadata": {"name": "redis-0"}, "spec": {}, "status": status}


@pytest.mark.parametrize(
    ("item", "pods", "lack"),
    [
        (workload(1, 1), [], ""),
        (workload(0, 0, wanted=0), [], ""),
        (workload(1, 0, strategy="OnDelete"), [], ""),
        # R40: the new one is not ready, the old one is, and together they are what is wanted.
        (
            workload(1, 1, replicas=2),
            [pod(waiting=NO_KEY)],
            "1 of 1 replicas are available, with 1 of an earlier revision left: pod redis-0 is Pending "
            "(CreateContainerConfigError: no key)",
        ),
        (
            workload(0, 0, wanted=0, replicas=1),
            [pod()],
            "0 of 0 replicas are available, with 1 of an earlier revision left: pod redis-0 is Pending",
        ),
        (workload(1, 0, strategy="OnDelete", replicas=1), [], ""),
        (workload(1, 1, seen=1), [], "the StatefulSet's change has not been applied yet"),
        (
            workload(1, 0),
            [pod()],
            "1 of 1 replicas are available, with 1 of an earlier revision left: pod redis-0 is Pending",
        ),
        (workload(0, 1), [], "0 of 1 replicas are available: it has no pod yet"),
        (
            workload(0, 1),
            [pod(message=UNBOUND)],
            f"0 of 1 replicas are available: pod redis-0 is Pending (Unschedulable: {UNBOUND.rstrip('.')})",
        ),
        (
            workload(0, 1),
            [pod(waiting=PULL)],
            "0 of 1 replicas are available: pod redis-0 is Pending (ImagePullBackOff: no such image)",
        ),
    ],
)
def test_what_a_workload_lacks_r40(item: dict[str, t.Any], pods: list[dict[str, t.Any]], lack: str) -> None:
    found = workloads.missing(api(pods=pods), item)
    assert (workloads.why(api(), found) if found else "") == lack


def test_only_what_the_release_owns_is_waited_for() -> None:
    def owned(name: str, release: str) -> dict[str, t.Any]:
        return {"metadata": {"name": name, "annotations": {"meta.helm.sh/release-name": release}}}

    found = workloads.of_release(
        api(
            deployments=[owned("app", "alga-core"), owned("other", "pgbouncer"), {"metadata": {"name": "by-hand"}}],
            statefulsets=[owned("db", "alga-core")],
        ),
        "msp",
        "alga-core",
    )
    assert [(item["kind"], item["metadata"]["name"]) for item in found] == [("Deployment", "app"), ("StatefulSet", "db")]
