# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why pods do not run: from their conditions, from the events of what makes them, and from the last lines of their logs."""

from __future__ import annotations

import time
import typing as t

from ..._core import waiting
from ..._core.bootstrap import job_log
from ..._core.errors import ObservationFailed
from ..._core.states import Reason
from ..clock import clauses
from .kubernetes import Json, KubernetesApi, decode, path

# Lines and bytes of a log that are read for a message.
_LINES, _BYTES = 20, 16 * 1024
# The reason that whatever makes pods gives of one that it could not make (Kubernetes: controllers of Jobs and StatefulSets).
_NOT_MADE = "FailedCreate"


def of_pods(api: KubernetesApi, namespace: str, pods: t.Iterable[Json]) -> str:
    """Say of each pod what holds it up, with the end of its log where it crashes; empty where nothing does."""
    return clauses(f"pod {pod['metadata']['name']}: {said}" for pod in pods if (said := of_pod(api, namespace, pod)))


def of_pod(api: KubernetesApi, namespace: str, pod: Json) -> str:
    """Say what holds a pod up; empty where nothing does."""
    held = [each.said for each in waiting.of_pod(pod)]
    phase = pod.get("status", {}).get("phase")
    if not held and not waiting.is_ready(pod) and phase in ("Pending", "Running"):
        held = [_event(api, namespace, pod)]
    if phase == "Pending":
        held += _unbound(api, namespace, pod)
    return clauses([*held, *(_log_end(api, namespace, pod, entry) for entry in waiting.containers(pod) if waiting.crash(entry))])


def unmade(api: KubernetesApi, namespace: str, maker: Json, pods: t.Collection[Json]) -> str:
    """Say why a Job, Deployment or StatefulSet cannot make its pods; empty where it has them, or nothing keeps it from it (R10).

    A Deployment says so in a condition, the others in an event only.
    """
    for condition in maker.get("status", {}).get("conditions") or []:
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            return str(condition.get("message", ""))
    enough = len(pods) >= maker["spec"].get("replicas", 1)
    return "" if enough else _event(api, namespace, maker, _NOT_MADE)


def final(api: KubernetesApi, namespace: str, judge: waiting.Judge, makers: t.Iterable[tuple[Json, t.Sequence[Json]]]) -> str:
    """Say what cannot pass by itself; empty where everything can.

    :param judge: of this one wait.
    :param makers: the Jobs, Deployments and StatefulSets that are waited for, each with its pods.
    """
    pods: list[Json] = []
    for maker, its in makers:
        if unmade(api, namespace, maker, its) and (why := _refused(api, namespace, maker)):
            return f"{maker['metadata']['name']} cannot create pods. {why}"
        pods += its
    return judge.final(pods, time.monotonic())


def _refused(api: KubernetesApi, namespace: str, maker: Json) -> str:
    """Say why the API server would let in no pod of a template, for a reason that does not pass by itself.

    An event may be of an attempt before its cause was mended, so the server is asked again; nothing is created.

    :returns: its words; empty where it would let the pod in now, or may do so later.
    """
    template = maker["spec"]["template"]
    claimed = [{"name": each["metadata"]["name"], "emptyDir": {}} for each in maker["spec"].get("volumeClaimTemplates") or []]
    body: Json = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": f"{maker['metadata']['name']}-",
            "namespace": namespace,
            "labels": template["metadata"].get("labels") or {},
        },
        "spec": {**template["spec"], "volumes": [*(template["spec"].get("volumes") or []), *claimed]},
    }
    try:
        api.create(path("pods", namespace), body, dry_run=True)
    except ObservationFailed as error:
        if error.reason is not Reason.API_FORBIDDEN or waiting.may_pass(error.message):
            return ""
        return error.message
    return ""


def secrets(api: KubernetesApi, namespace: str) -> tuple[str, ...]:
    """Every form of every value of the namespace's Secrets; helm's own records of releases are none of anybody's passwords."""
    return job_log.forms(value for item in api.secrets(namespace) for value in (decode(item) or {}).values())


def _unbound(api: KubernetesApi, namespace: str, pod: Json) -> list[str]:
    """What is said of each claim that a pod mounts and that has no volume yet: the pod itself says nothing of its cause."""
    mounted = (volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod["spec"].get("volumes") or [])
    claims = (api.get(path("persistentvolumeclaims", namespace, name)) for name in mounted if name)
    unbound = (claim for claim in claims if claim and claim.get("status", {}).get("phase") != "Bound")
    said = ((claim["metadata"]["name"], _event(api, namespace, claim)) for claim in unbound)
    return [f"PersistentVolumeClaim {name}: {event}" for name, event in said if event]


def _event(api: KubernetesApi, namespace: str, about: Json, reason: str = "") -> str:
    """The warning about an object that was given last; that events cannot be read is said and is no end of a wait."""
    if not about["metadata"].get("uid"):
        return ""
    query = f"type=Warning,involvedObject.uid={about['metadata']['uid']}" + (f",reason={reason}" if reason else "")
    try:
        found = waiting.newest(api.items(path("events", namespace), fieldSelector=query))
    except ObservationFailed as error:
        if error.reason is not Reason.API_FORBIDDEN:
            raise
        return f"its events could not be read: {error.message}"
    return f"{found.get('reason')}: {found.get('message', '')}" if found else ""


def _log_end(api: KubernetesApi, namespace: str, pod: Json, entry: Json) -> str:
    """The end of the log of a container that crashed, without any Secret's value."""
    query = {"container": str(entry.get("name")), "tailLines": str(_LINES), "limitBytes": str(_BYTES)}
    if "running" in entry.get("state", {}):
        query["previous"] = "true"
    try:
        text = api.request("GET", path("pods", namespace, pod["metadata"]["name"]) + "/log", query=query)
        hidden = secrets(api, namespace)
    except ObservationFailed as error:
        # Without the Secrets' values nothing of a log may be shown; and the kubelet may have thrown it away.
        return f"the end of its log could not be read: {error.message}"
    return f"the end of its log: {job_log.end(job_log.redact(text or '', hidden))}"
