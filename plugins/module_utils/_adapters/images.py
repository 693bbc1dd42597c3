# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which image the application runs: its name as the Deployment has it, its id as the kubelet pulled it."""

from __future__ import annotations

import typing as t

from .._core.bootstrap import Image
from .jobs import RUN_LABEL
from .kubernetes import APPS, Json, KubernetesApi, path


def name_of(deployment: Json) -> str:
    """The image of the application's own container, the first of its Deployment."""
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])


def in_use(api: KubernetesApi, namespace: str, deployment: str) -> Image:
    """Read the application's image; its parts are empty where there is no Deployment or no pod has pulled it yet.

    A tag such as ``latest`` names another image tomorrow, so the name alone proves nothing about its migrations. The
    application's own pods are asked first, then the bootstrap Job's.
    """
    found = api.get(path("deployments", namespace, deployment, group=APPS))
    if found is None:
        return Image()
    name = name_of(found)
    pods = [pod for pod in api.items(path("pods", namespace)) if "deletionTimestamp" not in pod["metadata"]]
    newest_first = sorted(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), reverse=True)
    ids = [found for pod in sorted(newest_first, key=_is_bootstrap) for found in _ids(pod, name)]
    return Image(name, ids[0] if ids else "")


def may_run(api: KubernetesApi, namespace: str, deployment: str) -> bool:
    """Tell whether the application has or wants pods; without a Deployment nobody knows, and it counts as having them."""
    found = api.get(path("deployments", namespace, deployment, group=APPS))
    if found is None or found["spec"]["replicas"]:
        return True
    selector = ",".join(f"{key}={value}" for key, value in found["spec"]["selector"]["matchLabels"].items())
    return bool(api.items(path("pods", namespace), labelSelector=selector))


def _is_bootstrap(pod: Json) -> bool:
    return RUN_LABEL in (pod["metadata"].get("labels") or {})


def _ids(pod: Json, image: str) -> t.Iterator[str]:
    spec, status = pod["spec"], pod.get("status", {})
    using = {
        entry["name"] for kind in ("initContainers", "containers") for entry in spec.get(kind) or [] if entry["image"] == image
    }
    for kind in ("containerStatuses", "initContainerStatuses"):
        for entry in status.get(kind) or []:
            if entry["name"] in using and entry.get("imageID"):
                yield str(entry["imageID"])
