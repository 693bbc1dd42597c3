# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nodes of a cluster, as the API server knows them."""

from __future__ import annotations

from ..._core.talos.talos_health import Node
from .kubernetes import KubernetesApi, path

# Effects of a taint (Kubernetes: Taints and Tolerations).
_KEEP_PODS_AWAY = ("NoSchedule", "NoExecute")


def nodes(api: KubernetesApi) -> list[Node]:
    """Every node.

    :raises ObservationFailed: when the API server does not say.
    """
    return [
        Node(
            item["metadata"]["name"],
            item["status"]["nodeInfo"]["kubeletVersion"],
            any(each["type"] == "Ready" and each["status"] == "True" for each in item["status"].get("conditions") or []),
            tuple(taint["key"] for taint in item["spec"].get("taints") or [] if taint["effect"] in _KEEP_PODS_AWAY),
        )
        for item in api.items(path("nodes"))
    ]
