# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who uses a claim: the pods that are not over yet, and the StatefulSet that makes them."""

from __future__ import annotations

import typing as t

from ..cluster.kubernetes import APPS, Json, KubernetesApi, path
from ..cluster.look import is_look


def mounts(spec: Json, claim: str) -> set[str]:
    """The names of a pod's volumes that are this claim's."""
    return {
        volume["name"]
        for volume in spec.get("volumes") or []
        if (volume.get("persistentVolumeClaim") or {}).get("claimName") == claim
    }


def users(api: KubernetesApi, namespace: str, claim: str) -> list[Json]:
    """The pods that use a claim and are not over yet, without those of this collection that only look."""
    return [
        pod
        for pod in api.items(path("pods", namespace))
        if not is_look(pod) and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed") and mounts(pod["spec"], claim)
    ]


def is_running(pod: Json) -> bool:
    """Tell whether every container of a pod runs and nobody has asked for its end."""
    statuses = pod["status"].get("containerStatuses") or []
    return (
        "deletionTimestamp" not in pod["metadata"]
        and pod["status"].get("phase") == "Running"
        and bool(statuses)
        and all("running" in status.get("state", {}) for status in statuses)
    )


def stateful_sets(api: KubernetesApi, namespace: str, claim: str) -> list[Json]:
    """The StatefulSets whose pods use a claim."""
    return [
        item for item in api.items(path("statefulsets", namespace, group=APPS)) if mounts(item["spec"]["template"]["spec"], claim)
    ]


def container(workload: t.Mapping[str, t.Any], claim: str) -> Json | None:
    """The container of a workload that mounts a claim; None where none does."""
    spec = workload["spec"]["template"]["spec"]
    volumes = mounts(spec, claim)
    return next(
        (each for each in spec["containers"] if volumes.intersection(mount["name"] for mount in each.get("volumeMounts") or [])),
        None,
    )
