# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a short pod to its end and read what it printed: the one way to look where only the kubelet can look."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..._core import names, waiting
from ..._core.bootstrap import resources
from ..._core.errors import ActionFailed, ObservationFailed
from ..._core.states import Reason
from ..clock import clauses, wait_until
from . import causes, limits, manifests
from .api_answers import NotFound
from .kubernetes import APPS, Json, KubernetesApi, path

LOOK_LABEL = "alga.appliance/look"
# Kubernetes tries again and again to pull an image; half a minute is three attempts.
STUCK_SECONDS = 30.0
# A provisioner may have to make a disk first.
BIND_SECONDS = 300.0
# Whoever waits for a pod's end reads its log at once; a minute is that and clocks of nodes that differ.
READ_SECONDS = 60.0
# The application's image has gigabytes, and 16 minutes were seen (F49).
PULL_SECONDS = 1200.0
# What the last line of a whole answer says; a log that was cut off does not have it.
END = "end"
_ENDED = ("Succeeded", "Failed")
# Its own container; whoever adds a sidecar to every pod does not add it to this name (R14).
_CONTAINER = "look"


@dataclass(frozen=True)
class Look:
    """What to run and where.

    :param what: what is looked at, as it reads after "The pod that looks at".
    :param script: text for ``sh``, whose last line of output must be :data:`END`.
    :param volume: a pod's volume without its name, mounted at ``/volume``; none when empty.
    :param writable: whether the volume is mounted for writing.
    :param node: the node it must run on; the scheduler chooses when empty.
    :param binds: whether it is the first pod on its claim, so that its node may become the volume's: it is scheduled like any
        other pod, and the provisioner is waited for.
    :param pull: the image's pull policy; Kubernetes' own choice for the image's tag when empty.
    :param fix: what the operator does when the pod cannot run.
    :param like: the spec of a pod that runs the same image: where that may run and gets its image, this one does, too (R13).
    """

    what: str
    namespace: str
    image: str
    script: str
    fix: str
    volume: Json = field(default_factory=dict)
    writable: bool = False
    environment: t.Mapping[str, str] = field(default_factory=dict)
    node: str = ""
    binds: bool = False
    pull: str = "IfNotPresent"
    like: Json = field(default_factory=dict)


class Seen(t.NamedTuple):
    """What the pod printed, without the last line, and the id of the image it ran."""

    lines: list[str]
    image_id: str


def run(api: KubernetesApi, look: Look) -> Seen:
    """Run the pod to its end, read its output and remove it, whatever happens.

    No secret and no token of a service account is mounted.

    :raises ObservationFailed: with :data:`Reason.LOOK_FAILED` when the pod could not run, did not end well or did not print
        everything; nothing is known then.
    """
    pods = path("pods", look.namespace)
    try:
        created = api.create(pods, _pod(look, _taken(api, look), limits.of(api, look.namespace, resources.LOOK)))
    except NotFound:
        raise _failed(look, f"could not be created, because namespace {look.namespace} does not exist") from None
    pod = f"{pods}/{created['metadata']['name']}"
    _sweep(api, pods, created)
    try:
        ended = _wait(api, look, pod)
        if ended is None:
            raise _failed(look, "was deleted by somebody else")
        text = api.request("GET", f"{pod}/log", query={"container": _CONTAINER}) or ""
    finally:
        api.delete(pod)
    lines = text.splitlines()
    container = _own(ended)
    end = waiting.ended(ended, _CONTAINER)
    if end["exitCode"] if end else ended["status"]["phase"] == "Failed":
        said = text.strip()[-200:] or str(ended["status"].get("message") or ended["status"].get("reason") or "no output")
        raise _failed(look, f"failed: {said}")
    if lines[-1:] != [END]:
        raise _failed(look, "finished, but its output is incomplete")
    return Seen(lines[:-1], str(container.get("imageID", "")))


def is_look(pod: Json) -> bool:
    """Tell whether a pod is one of these."""
    return LOOK_LABEL in (pod["metadata"].get("labels") or {})


def _failed(look: Look, why: str) -> ObservationFailed:
    return ObservationFailed(
        f"The pod that inspects {look.what} with image {look.image} in namespace {look.namespace} {why}. The result is unknown.",
        reason=Reason.LOOK_FAILED,
        next_action=look.fix,
        evidence={"image": look.image},
    )


def _sweep(api: KubernetesApi, pods: str, mine: Json) -> None:
    """Remove ended pods whose controller was killed, because even an ended pod holds on to its claim.

    Another controller may look at the same moment (F20), and reads its pod's log right after its end. So only what has ended a
    while before this pod was made is left behind; both times are the cluster's, for nobody knows the controllers' clocks.
    """
    long_ago = _time(mine["metadata"]["creationTimestamp"]) - timedelta(seconds=READ_SECONDS)
    for left in api.items(pods, labelSelector=LOOK_LABEL):
        if _is_over(left) and _last_seen(left) < long_ago:
            api.delete(f"{pods}/{left['metadata']['name']}")


def _last_seen(pod: Json) -> datetime:
    """When the pod's container ended; when the pod was made where it never had one."""
    end = (waiting.ended(pod, _CONTAINER) or {}).get("finishedAt")
    return max(_time(moment) for moment in (pod["metadata"]["creationTimestamp"], end) if moment)


def _own(pod: Json) -> Json:
    """The status of the pod's own container; empty where it has none yet."""
    return next((each for each in pod.get("status", {}).get("containerStatuses") or [] if each["name"] == _CONTAINER), {})


def _is_over(pod: Json) -> bool:
    """Tell whether the pod's own container has ended; a sidecar may go on for ever (R14)."""
    return pod.get("status", {}).get("phase") in _ENDED or waiting.ended(pod, _CONTAINER) is not None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _wait(api: KubernetesApi, look: Look, url: str) -> Json | None:
    """Wait until the pod has ended; None when it is not there any more.

    An image may take long to come. Once the kubelet says that it cannot have it, or has started it, the timeout is short.
    """

    def phase(pod: Json | None) -> str:
        return "" if pod is None else str(pod.get("status", {}).get("phase", ""))

    def has_ended(pod: Json | None) -> bool:
        return pod is None or _is_over(pod)

    def wait(done: t.Callable[[Json | None], bool], progress_timeout: float) -> Json | None:
        return wait_until(
            lambda: api.get(url),
            done,
            what="it to finish",
            progress_timeout=progress_timeout,
            describe=lambda pod: clauses([f"phase {phase(pod)}", causes.of_pod(api, look.namespace, pod) if pod else ""]),
            next_action="",
        )

    try:
        if look.binds:
            wait(lambda pod: has_ended(pod) or bool(pod and pod["spec"].get("nodeName")), BIND_SECONDS)
        wait(lambda pod: has_ended(pod) or phase(pod) == "Running" or bool(_stuck(pod)), PULL_SECONDS)
        return wait(has_ended, STUCK_SECONDS)
    except ActionFailed as error:
        raise _failed(look, f"did not finish. {error.message.rstrip('.')}") from error


def _stuck(pod: Json | None) -> str:
    """Why the pod cannot start, in Kubernetes' own words; empty while its image is being pulled."""
    return clauses(held.said for held in waiting.of_pod(pod)) if pod else ""


def _taken(api: KubernetesApi, look: Look) -> Json:
    """What the pod has from one that runs its image. A claim's volume decides itself on which node, and is read by root."""
    if "persistentVolumeClaim" not in look.volume:
        return manifests.like(look.like)
    for each in api.items(path("statefulsets", look.namespace, group=APPS)):
        pod = each["spec"]["template"]["spec"]
        if any(container["image"] == look.image for container in pod["containers"]):
            return manifests.admitted(pod)
    return {}


def _pod(look: Look, taken: Json, needs: Json) -> Json:
    container: Json = {
        "name": _CONTAINER,
        "image": look.image,
        "command": ["sh", "-euc", look.script],
        "env": [{"name": name, "value": value} for name, value in look.environment.items()],
        "securityContext": {"allowPrivilegeEscalation": False, **manifests.secured(look.like)},
        "resources": needs,
    }
    spec: Json = {
        **taken,
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 0,
        # Its controller may be killed; the pod must not stay for ever.
        "activeDeadlineSeconds": int(PULL_SECONDS + BIND_SECONDS + 2 * STUCK_SECONDS),
        "containers": [container],
    }
    if look.pull:
        container["imagePullPolicy"] = look.pull
    if not look.binds:
        # Whatever is wrong with a node is no reason not to look there.
        spec["tolerations"] = [{"operator": "Exists"}]
    if look.node:
        spec["nodeName"] = look.node
    if look.volume:
        # PostgreSQL's folder opens for its owner and for root only, and another image's owner has another id.
        container["securityContext"]["runAsUser"] = 0
        container["volumeMounts"] = [{"name": "volume", "mountPath": "/volume", "readOnly": not look.writable}]
        spec["volumes"] = [{"name": "volume", **look.volume}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": "alga-appliance-look-",
            "namespace": look.namespace,
            "labels": {names.MANAGED_BY_LABEL: names.FIELD_MANAGER, LOOK_LABEL: ""},
        },
        "spec": spec,
    }
