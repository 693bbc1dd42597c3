# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects that the collection makes in more than one place, as the API takes them."""

from __future__ import annotations

import typing as t

from ..._core import names
from . import run_script
from .kubernetes import Json

# The application's folder in its image (contract), and that of the collection's program beside it.
SERVER = "/app/server"
_FOLDER = "/alga-appliance"
# What of a pod decides where it may run, whether it is let in, and whether it gets its image. A ServiceAccount may bring the
# credentials of a registry; no token of it is mounted.
_ADMITTED = ("imagePullSecrets", "serviceAccountName", "priorityClassName")
_PLACED = ("nodeSelector", "tolerations", "securityContext")
# The collection's programs write where the application's do not, so a root file system that is only read is not taken over.
_UNTAKEN = ("readOnlyRootFilesystem",)


def config_map(namespace: str, name: str, data: t.Mapping[str, str], annotations: t.Mapping[str, str] | None = None) -> Json:
    """A ConfigMap of the collection's own."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(namespace, name, {}, annotations), "data": dict(data)}


def like(pod: Json) -> Json:
    """What a pod of the collection's own has from one that runs the same image (R13).

    Of its affinity only the one to nodes: the others are to or from pods, and are meant for the application's.

    :param pod: the template's spec; empty where there is none.
    """
    taken = {**admitted(pod), **{key: pod[key] for key in _PLACED if pod.get(key)}}
    nodes = (pod.get("affinity") or {}).get("nodeAffinity")
    return {**taken, "affinity": {"nodeAffinity": nodes}} if nodes else taken


def admitted(pod: Json) -> Json:
    """The part of :func:`like` for a pod whose place and user something else decides, such as a volume."""
    return {key: pod[key] for key in _ADMITTED if pod.get(key)}


def secured(pod: Json) -> Json:
    """The security context of the first container of a pod, as far as another program in its image can have it, too."""
    first = next(iter(pod.get("containers") or [{}]))
    return {key: value for key, value in (first.get("securityContext") or {}).items() if key not in _UNTAKEN}


def job(
    namespace: str,
    name: str,
    container: Json,
    command: t.Iterable[str],
    *,
    script: str,
    labels: t.Mapping[str, str],
    pod: Json,
    resources: Json,
    annotations: t.Mapping[str, str] | None = None,
) -> Json:
    """A Job of one container and one attempt, without access to the API.

    One attempt: a killed migration leaves its lock, and a second attempt would only meet it (F19).

    :param container: its name, image and environment.
    :param command: the program in the image and its arguments, run under the program of :mod:`run_script`.
    :param script: the ConfigMap that holds that script.
    :param labels: of the Job and of its pods.
    :param pod: the spec of the application's own pods, which these are like: see :func:`like`.
    :param resources: what its container asks for and may use.
    """
    metadata = _metadata(namespace, name, labels, annotations)
    whole = {
        **container,
        "resources": resources,
        "workingDir": SERVER,
        "command": ["node", f"{_FOLDER}/{run_script.NAME}", *command],
        "volumeMounts": [{"name": "script", "mountPath": _FOLDER, "readOnly": True}],
    }
    if context := secured(pod):
        whole["securityContext"] = context
    spec = {
        **like(pod),
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "containers": [whole],
        "volumes": [{"name": "script", "configMap": {"name": script}}],
    }
    template = {"metadata": {"labels": metadata["labels"]}, "spec": spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"backoffLimit": 0, "template": template}}


def _metadata(
    namespace: str, name: str, labels: t.Mapping[str, str], annotations: t.Mapping[str, str] | None
) -> dict[str, t.Any]:
    own = {names.MANAGED_BY_LABEL: names.FIELD_MANAGER, **labels}
    metadata = {"name": name, "namespace": namespace, "labels": own}
    return {**metadata, "annotations": dict(annotations)} if annotations else metadata
