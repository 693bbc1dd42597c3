# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workloads: whether a Deployment or a StatefulSet has every replica that it wants, and why it has not."""

from __future__ import annotations

from .._core import names
from .clock import clauses
from .jobs import waiting_reason
from .kubernetes import APPS, Json, KubernetesApi, path

KINDS = {"Deployment": "deployments", "StatefulSet": "statefulsets"}


def every(api: KubernetesApi, namespace: str) -> list[Json]:
    """The Deployments and StatefulSets of a namespace, each with its kind, which lists do not carry."""
    return [{**item, "kind": kind} for kind, plural in KINDS.items() for item in api.items(path(plural, namespace, group=APPS))]


def of_release(api: KubernetesApi, namespace: str, release: str) -> list[Json]:
    """The Deployments and StatefulSets that a Helm release owns, by the annotation which Helm puts on its objects."""
    return [
        item
        for item in every(api, namespace)
        if (item["metadata"].get("annotations") or {}).get(names.HELM_RELEASE_ANNOTATION) == release
    ]


def missing(api: KubernetesApi, workload: Json) -> str:
    """Say what a workload still lacks; empty when every replica is available, of the newest revision, and no older one is left.

    An older pod that is ready and a newer one that is not have the numbers of a whole Deployment between them (R40). A
    StatefulSet whose pods are only replaced when somebody deletes them (``OnDelete``) may run older ones.
    """
    kind, status, spec = workload["kind"], workload.get("status", {}), workload["spec"]
    if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
        return f"the {kind}'s change was not taken up yet"
    wanted, available = spec["replicas"], status.get("availableReplicas", 0)
    on_delete = (spec.get("updateStrategy") or {}).get("type") == "OnDelete"
    updated = wanted if on_delete else status.get("updatedReplicas", 0)
    older = 0 if on_delete else max(0, status.get("replicas", 0) - updated)
    if updated >= wanted and available >= wanted and not older:
        return ""
    selector = ",".join(f"{key}={value}" for key, value in spec["selector"]["matchLabels"].items())
    found = api.items(path("pods", workload["metadata"]["namespace"]), labelSelector=selector)
    left = f", and {older} of an earlier revision is left" if older else ""
    return f"{available} of {wanted} replicas are available{left}: {clauses(map(_held, found)) or 'it has no pod yet'}"


def _held(pod: Json) -> str:
    """A pod, its phase and, where something holds it, what: it found no place, or its containers wait."""
    conditions = pod["status"].get("conditions") or []
    unscheduled = [each for each in conditions if each["type"] == "PodScheduled" and each["status"] == "False"]
    why = clauses([*(each.get("message", "") for each in unscheduled), waiting_reason(pod)])
    return f"pod {pod['metadata']['name']} is {pod['status']['phase']}" + (f" ({why})" if why else "")
