# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults in what charts make of workloads: scaling, drains, images, selectors and waits (W15, W24)."""

from __future__ import annotations

import math
import typing as t

from ..counting import counted
from .manifest import BLOCK, Item, Path, Place, get, mapping, number, sequence, text
from .pods import TEMPLATES, Container, pod
from .rendered import Charts
from .rows import ChartFinding, Row
from .scripts import scripts
from .waits import endless_waits

_SCALED = ("Deployment", "StatefulSet", "ReplicaSet")
# Other metrics come from other APIs (Kubernetes: autoscaling/v2).
_OF_METRICS_API = ("Resource", "ContainerResource")


def no_metrics(charts: Charts) -> t.Iterator[ChartFinding]:
    """Autoscalers without metrics."""
    for scaler in charts.of_kind("HorizontalPodAutoscaler"):
        kinds = [text(get(metric, "type")) for metric in sequence(scaler.get("spec", "metrics"))]
        if kinds and not any(kind in _OF_METRICS_API for kind in kinds):
            continue
        if charts.live is None:
            lacking, do = "requires the metrics API", "Check the chart with a kubeconfig to see whether the cluster has it."
        elif not charts.live.metrics:
            lacking, do = "requires the metrics API, which this cluster does not have", "Install metrics-server."
        else:
            continue
        yield ChartFinding(
            Row.NO_METRICS,
            scaler.chart,
            scaler.place("spec"),
            f"{scaler} {lacking}.",
            f"Turn autoscaling off in the chart's values. {do}",
        )


def blocked_drains(charts: Charts) -> t.Iterator[ChartFinding]:
    """Budgets that let no pod be evicted."""
    scaled = charts.of_kind(*_SCALED)
    for budget in charts.of_kind("PodDisruptionBudget"):
        selector = budget.get("spec", "selector")
        # Without a selector it is a budget of no pods; an empty one selects all (Kubernetes: policy/v1).
        if not isinstance(selector, t.Mapping) or selector.get("matchExpressions"):
            continue
        chosen = [each for each in scaled if each.namespace == budget.namespace and _selects(selector, each)]
        counts = {str(each): _replicas(charts, each) for each in chosen}
        count = sum(counts.values())
        if count and _blocks(budget, count):
            pods = " and ".join(each for each, replicas in counts.items() if replicas)
            yield ChartFinding(
                Row.BLOCKED_DRAIN,
                budget.chart,
                budget.place("spec"),
                f"{budget} does not allow any pod of {pods} to be evicted: it selects {counted(count, 'replica')}.",
                "Turn the budget off in the chart's values, or set maxUnavailable to 1.",
            )


def _selects(selector: t.Mapping[t.Any, t.Any], workload: Item) -> bool:
    labels = mapping(workload.get("spec", "template", "metadata", "labels"))
    return all(text(labels.get(key)) == text(value) for key, value in mapping(selector.get("matchLabels")).items())


def _replicas(charts: Charts, workload: Item) -> int:
    """How many pods a workload has at least; an autoscaler's number counts where there is one (Kubernetes: 1 if not set)."""
    given = workload.get("spec", "replicas")
    for scaler in charts.of_kind("HorizontalPodAutoscaler"):
        target = scaler.get("spec", "scaleTargetRef")
        named = (scaler.namespace, text(get(target, "kind")), text(get(target, "name")))
        if named == (workload.namespace, workload.kind, workload.name):
            given = scaler.get("spec", "minReplicas")
    count = number(given)
    return 1 if count is None else count


def _blocks(budget: Item, count: int) -> bool:
    available, unavailable = budget.get("spec", "minAvailable"), budget.get("spec", "maxUnavailable")
    if unavailable is not None:
        # Kubernetes rounds up, in favour of the budget as well as of the drain.
        return _share(unavailable, count) == 0
    needed = _share(available, count)
    return needed is not None and needed >= count


def _share(value: t.Any, count: int) -> int | None:
    """A number of pods, which may be a percentage; None for anything else."""
    given = text(value)
    percent = number(given.removesuffix("%"))
    return math.ceil(percent * count / 100) if percent is not None and given.endswith("%") else percent


def floating_images(charts: Charts) -> t.Iterator[ChartFinding]:
    """Images that a restart may replace by others."""
    for container in charts.containers:
        image = text(container.get("image"))
        if not image or "@" in image:
            continue
        name, _colon, tag = image.rpartition("/")[2].partition(":")
        floating = tag in ("", "latest")
        always = text(container.get("imagePullPolicy")) == "Always"
        if name and (floating or always):
            why = f"{'without a tag' if not tag else 'with tag latest'}" if floating else f"with tag {tag}"
            yield ChartFinding(
                Row.FLOATING_IMAGE,
                container.item.chart,
                container.place("image"),
                f"{container.first} runs {image} {why}{', and pulls it at each start' if always else ''}.",
                "Pin the image by digest in the chart's values; if the chart has no value for the digest, append it to the tag: "
                '"1.2@sha256:…".',
            )


def changed_selectors(charts: Charts) -> t.Iterator[ChartFinding]:
    """Selectors other than those that the cluster has."""
    for named, item in charts.selecting.items() if charts.live is not None else ():
        live = charts.live.selectors.get(named) if charts.live is not None else None
        if live is not None and _plain(live) != _plain(item.get("spec", "selector")):
            yield ChartFinding(
                Row.CHANGED_SELECTOR,
                item.chart,
                item.place("spec", "selector"),
                f"The selector of {item} differs from that in the cluster, and cannot be changed: the upgrade will fail.",
                "Keep the chart's earlier version. If the workload is stateless, delete it before the upgrade, so that Helm "
                "creates it again; its pods are replaced.",
            )


def _plain(selector: t.Any) -> tuple[list[tuple[str, str]], list[str]]:
    """A selector in a form that two writings of it share."""
    labels = sorted((text(key), text(value)) for key, value in mapping(get(selector, "matchLabels")).items())
    expressions = [
        f"{text(get(each, 'key'))} {text(get(each, 'operator'))} {sorted(map(text, sequence(get(each, 'values'))))}"
        for each in sequence(get(selector, "matchExpressions"))
    ]
    return labels, sorted(expressions)


def unbounded_waits(charts: Charts) -> t.Iterator[ChartFinding]:
    """Scripts that wait for ever where somebody waits for their end (W24)."""
    seen: set[Place] = set()
    for container in charts.containers:
        if not container.must_end or _has_deadline(container):
            continue
        for script in scripts(container, charts.config_maps):
            for start in endless_waits(script.text):
                place = _line_of(script.item, script.path, script.text[:start])
                if place in seen:
                    continue
                seen.add(place)
                yield ChartFinding(
                    Row.UNBOUNDED_WAIT,
                    container.item.chart,
                    place,
                    f"{container.first} waits in a loop without a limit.",
                    "Use a version of the chart that gives up and reports what it waited for, or turn the wait off.",
                )


def _has_deadline(container: Container) -> bool:
    """Whether Kubernetes, or the program ``timeout``, ends it."""
    item = container.item
    spec = pod(item) or ()
    job: Path = TEMPLATES.get(item.kind, ())[:-1]
    limits = [item.get(*spec, "activeDeadlineSeconds"), item.get(*job, "activeDeadlineSeconds") if job else None]
    command = [*sequence(container.get("command")), *sequence(container.get("args"))]
    return any(limit is not None for limit in limits) or text(get(command, 0)).rpartition("/")[2] == "timeout"


def _line_of(item: Item, path: Path, before: str) -> Place:
    """Where a part of a text stands; only a text in block style has the lines that it shows."""
    begins = item.place(*path, BLOCK)
    shown = begins != item.place(*path)
    return Place(begins.source, begins.line + before.count("\n")) if shown else begins
