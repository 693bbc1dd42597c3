# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workloads: whether a Deployment or a StatefulSet has every replica that it wants, and why it has not."""

from __future__ import annotations

import typing as t

from ..._core import names, waiting
from ..clock import clauses
from . import causes
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


def selected(api: KubernetesApi, namespace: str, labels: t.Mapping[str, str]) -> list[Json]:
    """The pods that have all of these labels, as a Service or a workload selects them."""
    return api.items(path("pods", namespace), labelSelector=",".join(f"{key}={value}" for key, value in labels.items()))


class Lack(t.NamedTuple):
    """What a workload still lacks.

    :param counts: how many of its replicas are as they should be.
    """

    workload: Json
    counts: str
    pods: tuple[Json, ...] = ()

    @property
    def stand(self) -> object:
        """What changes only when the workload gets on: no back-off's seconds and no number of restarts (F28)."""
        kinds = {each.kind for pod in self.pods for each in waiting.of_pod(pod)}
        phases = {str(pod["status"].get("phase")) for pod in self.pods}
        return self.workload["kind"], self.workload["metadata"]["name"], self.counts, sorted(kinds | phases)


def missing(api: KubernetesApi, workload: Json) -> Lack | None:
    """What a workload still lacks; None when every replica is available, of the newest revision, and no older one is left.

    An older pod that is ready and a newer one that is not have the numbers of a whole Deployment between them (R40). A
    StatefulSet whose pods are only replaced when somebody deletes them (``OnDelete``) may run older ones.
    """
    kind, status, spec = workload["kind"], workload.get("status", {}), workload["spec"]
    if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
        return Lack(workload, f"the {kind}'s change has not been applied yet")
    wanted, available = spec["replicas"], status.get("availableReplicas", 0)
    on_delete = (spec.get("updateStrategy") or {}).get("type") == "OnDelete"
    updated = wanted if on_delete else status.get("updatedReplicas", 0)
    older = 0 if on_delete else max(0, status.get("replicas", 0) - updated)
    if updated >= wanted and available >= wanted and not older:
        return None
    found = selected(api, workload["metadata"]["namespace"], spec["selector"]["matchLabels"])
    left = f", with {older} of an earlier revision left" if older else ""
    return Lack(workload, f"{available} of {wanted} replicas are available{left}", tuple(found))


def why(api: KubernetesApi, lack: Lack) -> str:
    """Say what a workload lacks, and what keeps its pods, or their making."""
    namespace = lack.workload["metadata"]["namespace"]
    unmade = causes.unmade(api, namespace, lack.workload, lack.pods)
    held = [_held(api, namespace, pod) for pod in lack.pods]
    if not lack.pods and "replicas" in lack.counts and not unmade:
        held = ["it has no pod yet"]
    said = clauses([unmade, *held])
    return f"{lack.counts}: {said}" if said else lack.counts


def _held(api: KubernetesApi, namespace: str, pod: Json) -> str:
    """A pod, its phase and, where something holds it, what: it found no place, its containers wait or crash."""
    why = causes.of_pod(api, namespace, pod)
    return f"pod {pod['metadata']['name']} is {pod['status']['phase']}" + (f" ({why})" if why else "")
