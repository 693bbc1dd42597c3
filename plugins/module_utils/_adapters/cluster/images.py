# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which image the application runs: its name as the Deployment has it, its id as the kubelet pulled it."""

from __future__ import annotations

import typing as t

from ..._core.bootstrap.bootstrap import Image
from ..bootstrap.jobs import RUN_LABEL
from . import workloads
from .kubernetes import APPS, Json, KubernetesApi, path
from .look import is_look


def name_of(deployment: Json) -> str:
    """The image of the application's own container, the first of its Deployment."""
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])


def in_use(api: KubernetesApi, namespace: str, deployment: str) -> Image:
    """Read the application's image; its parts are empty where there is no Deployment or no pod has pulled it yet.

    A tag such as ``latest`` names another image tomorrow, so the name alone proves nothing about its migrations. The
    application's own pods are asked; only where it has none, the bootstrap Job's.
    """
    found = api.get(path("deployments", namespace, deployment, group=APPS))
    if found is None:
        return Image()
    name = name_of(found)
    pods = [
        pod
        for pod in api.items(path("pods", namespace))
        if "deletionTimestamp" not in pod["metadata"] and not is_look(pod) and _uses(pod, name)
    ]
    # A pod of the application that has not pulled its image yet may get another one than the last Job had.
    asked = [pod for pod in pods if not _is_bootstrap(pod)] or pods
    newest_first = sorted(asked, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), reverse=True)
    ids = [found for pod in newest_first for found in _ids(pod, name)]
    pod = found["spec"]["template"]["spec"]
    return Image(name, ids[0] if ids else "", str(pod["containers"][0].get("imagePullPolicy", "IfNotPresent")), pod)


def may_run(api: KubernetesApi, namespace: str, deployment: str) -> bool:
    """Tell whether the application has or wants pods; without a Deployment nobody knows, and it counts as having them."""
    found = api.get(path("deployments", namespace, deployment, group=APPS))
    if found is None or found["spec"]["replicas"]:
        return True
    return bool(workloads.selected(api, namespace, found["spec"]["selector"]["matchLabels"]))


def _is_bootstrap(pod: Json) -> bool:
    return RUN_LABEL in (pod["metadata"].get("labels") or {})


def _uses(pod: Json, image: str) -> bool:
    containers = [*(pod["spec"].get("initContainers") or []), *(pod["spec"].get("containers") or [])]
    return any(entry["image"] == image for entry in containers)


def _ids(pod: Json, image: str) -> t.Iterator[str]:
    spec, status = pod["spec"], pod.get("status", {})
    using = {
        entry["name"] for kind in ("initContainers", "containers") for entry in spec.get(kind) or [] if entry["image"] == image
    }
    for kind in ("containerStatuses", "initContainerStatuses"):
        for entry in status.get(kind) or []:
            if entry["name"] in using and entry.get("imageID"):
                yield str(entry["imageID"])
