# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look for what the command for the first tenant needs: Temporal behind its Service, and the worker (R33).

A worker that is ready is no proof that it works: its pod can be ready and dead (contract, F52). The command's own end tells that.
"""

from __future__ import annotations

import typing as t

from ..._core import names
from ..._core.tenant.tenant_needs import WORKER, Temporal
from ..cluster import workloads
from ..cluster.kubernetes import Json, KubernetesApi, path


class Seen(t.NamedTuple):
    """What one look found.

    :param absent: what does not exist, or wants no pod, and will not come by itself.
    :param lacks: what exists and does not run whole yet.
    """

    absent: tuple[str, ...] = ()
    lacks: tuple[workloads.Lack, ...] = ()


def look(api: KubernetesApi, namespace: str, needed: Temporal) -> Seen:
    """Look for Temporal and its worker in the appliance's namespace; what is elsewhere cannot be looked at, and is not missed."""
    if not needed.service:
        return Seen()
    found = workloads.every(api, namespace)
    behind, why = _behind(api, namespace, needed.service, found)
    workers = [each for each in found if each["metadata"]["name"] == WORKER or _release(each) == WORKER]
    absent = [
        *([why] if why else []),
        *([] if workers else [f"no Deployment {namespace}/{WORKER} and none of release {WORKER} exists"]),
        *(
            f"{each['kind']} {namespace}/{each['metadata']['name']} requests no replica"
            for each in (*behind, *workers)
            if not each["spec"]["replicas"]
        ),
    ]
    wanted = [each for each in (*behind, *workers) if each["spec"]["replicas"]]
    return Seen(tuple(absent), tuple(lack for each in wanted if (lack := workloads.missing(api, each))))


def _behind(api: KubernetesApi, namespace: str, name: str, found: t.Sequence[Json]) -> tuple[list[Json], str]:
    """The workloads whose pods a Service selects; or why there are none."""
    service = api.get(path("services", namespace, name))
    if service is None:
        return [], f"Service {namespace}/{name} does not exist"
    # Without a selector it leads to somewhere that only its maker knows (Kubernetes: Services without selectors).
    selector = service["spec"].get("selector") or {}
    behind = [each for each in found if selector.items() <= (each["spec"]["template"]["metadata"].get("labels") or {}).items()]
    if selector and not behind:
        return [], f"Service {namespace}/{name} selects the pods of no Deployment or StatefulSet"
    return (behind if selector else []), ""


def _release(workload: Json) -> str:
    return str((workload["metadata"].get("annotations") or {}).get(names.HELM_RELEASE_ANNOTATION, ""))
