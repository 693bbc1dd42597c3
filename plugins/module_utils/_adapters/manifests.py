# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects that the collection makes in more than one place, as the API takes them."""

from __future__ import annotations

import typing as t

from .._core import names
from .kubernetes import Json


def config_map(namespace: str, name: str, data: t.Mapping[str, str], annotations: t.Mapping[str, str] | None = None) -> Json:
    """A ConfigMap of the collection's own."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(namespace, name, {}, annotations), "data": dict(data)}


def job(
    namespace: str,
    name: str,
    container: Json,
    *,
    scripts: str,
    folder: str,
    labels: t.Mapping[str, str],
    annotations: t.Mapping[str, str] | None = None,
) -> Json:
    """A Job of one container and one attempt, without access to the API.

    One attempt: a killed migration leaves its lock, and a second attempt would only meet it (F19).

    :param scripts: the ConfigMap whose keys the container finds as files.
    :param folder: where it finds them.
    :param labels: of the Job and of its pods.
    """
    metadata = _metadata(namespace, name, labels, annotations)
    mounts = [{"name": "scripts", "mountPath": folder, "readOnly": True}]
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "containers": [{**container, "volumeMounts": mounts}],
        "volumes": [{"name": "scripts", "configMap": {"name": scripts}}],
    }
    template = {"metadata": {"labels": metadata["labels"]}, "spec": spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"backoffLimit": 0, "template": template}}


def _metadata(
    namespace: str, name: str, labels: t.Mapping[str, str], annotations: t.Mapping[str, str] | None
) -> dict[str, t.Any]:
    own = {names.MANAGED_BY_LABEL: names.FIELD_MANAGER, **labels}
    metadata = {"name": name, "namespace": namespace, "labels": own}
    return {**metadata, "annotations": dict(annotations)} if annotations else metadata
