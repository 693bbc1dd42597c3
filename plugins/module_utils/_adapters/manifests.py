# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects that the collection makes in more than one place, as the API takes them."""

from __future__ import annotations

import typing as t

from .._core import names
from .kubernetes import Json

# The application's folder in its image (contract), and the collection's script beside it.
SERVER = "/app/server"
SCRIPT = "run.cjs"
_FOLDER = "/alga-appliance"


def config_map(namespace: str, name: str, data: t.Mapping[str, str], annotations: t.Mapping[str, str] | None = None) -> Json:
    """A ConfigMap of the collection's own."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(namespace, name, {}, annotations), "data": dict(data)}


def job(
    namespace: str,
    name: str,
    container: Json,
    command: t.Iterable[str],
    *,
    script: str,
    labels: t.Mapping[str, str],
    annotations: t.Mapping[str, str] | None = None,
) -> Json:
    """A Job of one container and one attempt, without access to the API.

    One attempt: a killed migration leaves its lock, and a second attempt would only meet it (F19).

    :param container: its name, image and environment.
    :param command: the program in the image and its arguments, run under the script :data:`SCRIPT`.
    :param script: the ConfigMap that holds that script.
    :param labels: of the Job and of its pods.
    """
    metadata = _metadata(namespace, name, labels, annotations)
    whole = {
        **container,
        "workingDir": SERVER,
        "command": ["node", f"{_FOLDER}/{SCRIPT}", *command],
        "volumeMounts": [{"name": "script", "mountPath": _FOLDER, "readOnly": True}],
    }
    spec = {
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
