# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stop the application before its database is migrated in place: no earlier version may write to a newer schema (R40).

A Deployment that replaces its pods one after the other keeps the earlier one until the newer one is ready, which waits behind its
startup gate for the migrations. helm gives the replicas back afterwards.
"""

from __future__ import annotations

import typing as t

from ..._core.appliance.appliance import Appliance
from ..._core.waiting import is_ready
from ..clock import wait_until
from ..cluster import workloads
from ..cluster.kubernetes import APPS, Json, KubernetesApi, path


def stop(api: KubernetesApi, appliance: Appliance, *, progress_timeout: float, tell: t.Callable[[str], None]) -> None:
    """Take the application's replicas away if a pod of it is ready, and wait until it has none.

    :param progress_timeout: seconds without progress after which the wait is given up.
    :raises ActionFailed: when pods are left then; nothing was migrated.
    """
    url = path("deployments", appliance.namespace, appliance.fullname, group=APPS)
    deployment = api.get(url)
    if deployment is None or not (serving := [each for each in _pods(api, appliance, deployment) if is_ready(each)]):
        return
    where = f"Deployment {appliance.namespace}/{appliance.fullname}"
    names = ", ".join(each["metadata"]["name"] for each in serving)
    tell(f"{where} is scaled to 0 replicas while its database is migrated: {names} runs the application's earlier version.")
    api.merge(url, {"spec": {"replicas": 0}})
    wait_until(
        lambda: _pods(api, appliance, deployment),
        lambda left: not left,
        what=f"the pods of {where} to end before its database is migrated",
        progress_timeout=progress_timeout,
        progress=len,
        describe=lambda left: f"{', '.join(each['metadata']['name'] for each in left)} not deleted yet",
        next_action="Nothing was migrated. Check those pods (kubectl describe), then run recover.yml again.",
    )


def _pods(api: KubernetesApi, appliance: Appliance, deployment: Json) -> list[Json]:
    return workloads.selected(api, appliance.namespace, deployment["spec"]["selector"]["matchLabels"])
