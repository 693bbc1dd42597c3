# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the cluster says about charts that are not installed yet."""

from __future__ import annotations

from ..._core.charts.rendered import Charts, Live
from ..._core.errors import ObservationFailed
from ..._core.states import Reason
from ..cluster.kubernetes import APPS, KubernetesApi, path

# A server without a group answers a request for it with a page that is no Status; it lists the groups that it has.
_GROUPS = "/apis"
_METRICS = "metrics.k8s.io"


def observe(api: KubernetesApi, charts: Charts) -> Live:
    """Ask for the Services that the charts name and do not render, for the workloads that they render, and for metrics.

    :raises ObservationFailed: when the API server does not say; another namespace's Services may be forbidden.
    """
    named = {service for _container, _variable, service in charts.missing_services}
    selectors = {}
    for kind, namespace, name in charts.selecting:
        found = api.get(path(f"{kind.lower()}s", namespace, name, group=APPS))
        if found is not None:
            selectors[(kind, namespace, name)] = found["spec"].get("selector")
    services, unread = set(), set()
    for each in sorted(named):
        try:
            if api.get(path("services", each.namespace, each.name)) is not None:
                services.add(each)
        except ObservationFailed as error:
            # A kubeconfig for one namespace need not be allowed to read another's.
            if error.reason is not Reason.API_FORBIDDEN or each.namespace == charts.namespace:
                raise
            unread.add(each)
    return Live(
        services=frozenset(services),
        unread=frozenset(unread),
        selectors=selectors,
        metrics=bool(charts.of_kind("HorizontalPodAutoscaler")) and _serves_metrics(api),
    )


def _serves_metrics(api: KubernetesApi) -> bool:
    return any(group["name"] == _METRICS for group in (api.get(_GROUPS) or {}).get("groups", ()))
