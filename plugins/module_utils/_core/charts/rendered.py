# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several charts as one whole, since one may use what another renders, and what the cluster says about them."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass, field

from .addresses import Service, is_address, services
from .manifest import Document, Item, get, items, sequence, text
from .pods import Container, claims, containers
from .variables import Reference, Variable, references, variables

# Kinds whose selector cannot be changed (Kubernetes: apps/v1).
SELECTING = ("Deployment", "StatefulSet", "DaemonSet")
HOOK = "helm.sh/hook"
Named: t.TypeAlias = tuple[str, str, str]


@dataclass(frozen=True)
class RenderedChart:
    """One chart, as helm rendered it.

    :param values: what it was given.
    """

    name: str
    documents: t.Sequence[Document]
    values: t.Mapping[str, t.Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Live:
    """What the cluster has.

    :param services: those asked for that exist.
    :param unread: those asked for that it does not show.
    :param selectors: of workloads that exist, by kind, namespace and name.
    :param metrics: whether it serves the metrics API.
    """

    services: t.Collection[Service] = frozenset()
    unread: t.Collection[Service] = frozenset()
    selectors: t.Mapping[Named, t.Any] = field(default_factory=dict)
    metrics: bool = False


@dataclass(frozen=True)
class Charts:
    """The charts of one check.

    :param live: None without a cluster.
    """

    charts: t.Sequence[RenderedChart]
    namespace: str
    live: Live | None = None

    @functools.cached_property
    def items(self) -> list[Item]:
        """Every object."""
        return [item for chart in self.charts for item in items(chart.name, chart.documents, self.namespace)]

    def of_kind(self, *kinds: str) -> list[Item]:
        """Every object of some kinds."""
        return [item for item in self.items if item.kind in kinds]

    @functools.cached_property
    def containers(self) -> list[Container]:
        """Every container."""
        return [container for item in self.items for container in containers(item)]

    @functools.cached_property
    def config_maps(self) -> dict[tuple[str, str], Item]:
        """The ConfigMaps by namespace and name."""
        return {(item.namespace, item.name): item for item in self.of_kind("ConfigMap")}

    @functools.cached_property
    def variables(self) -> list[tuple[Container, list[Variable]]]:
        """Every container with the variables whose values the charts show."""
        return [(container, variables(container, self.config_maps)) for container in self.containers]

    @functools.cached_property
    def references(self) -> dict[tuple[str, str], list[Reference]]:
        """What pods read of Secrets, by the Secret's namespace and name."""
        found: dict[tuple[str, str], list[Reference]] = {}
        for item in self.items:
            for reference in references(item):
                found.setdefault((item.namespace, reference.secret), []).append(reference)
        return found

    @functools.cached_property
    def _mounted(self) -> set[tuple[str, str]]:
        return {(item.namespace, name) for item in self.items for name in claims(item)}

    @functools.cached_property
    def _numbered(self) -> set[tuple[str, str]]:
        """Names of the claims of StatefulSets, without the pod's number at the end."""
        return {
            (item.namespace, f"{text(get(template, 'metadata', 'name'))}-{item.name}")
            for item in self.of_kind("StatefulSet")
            for template in sequence(item.get("spec", "volumeClaimTemplates"))
        }

    def mounts(self, claim: Item) -> bool:
        """Whether a pod of the charts mounts a claim."""
        named, _dash, at = claim.name.rpartition("-")
        return (claim.namespace, claim.name) in self._mounted or (at.isdecimal() and (claim.namespace, named) in self._numbered)

    @functools.cached_property
    def services(self) -> set[Service]:
        """The Services that the charts render."""
        return {Service(item.namespace, item.name) for item in self.of_kind("Service")}

    @functools.cached_property
    def missing_services(self) -> list[tuple[Container, Variable, Service]]:
        """Every variable that names a Service which no chart renders."""
        found = []
        for container, given in self.variables:
            for variable in given:
                named = services(variable.value, container.item.namespace) if is_address(variable.name) else []
                found += [(container, variable, each) for each in named if each not in self.services]
        return found

    @functools.cached_property
    def selecting(self) -> dict[Named, Item]:
        """Every object whose selector cannot be changed; one that the cluster names is a new one each time."""
        return {(item.kind, item.namespace, item.name): item for item in self.of_kind(*SELECTING) if item.name}
