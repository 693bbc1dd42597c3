# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The images that rendered objects make a node pull (R41)."""

from __future__ import annotations

import typing as t

Json = t.Mapping[str, t.Any]


def images(rendered: t.Iterable[Json]) -> list[str]:
    """Name every image of every pod that the objects make, sorted and once each."""
    found = set()
    for item in rendered:
        pod = _pod(item)
        for kind in ("initContainers", "containers"):
            found |= {str(container["image"]) for container in pod.get(kind) or () if container.get("image")}
    return sorted(found)


def _pod(item: Json) -> Json:
    """The pod of an object: its own, its template's, or that of the Job that a CronJob makes (Kubernetes: PodTemplateSpec)."""
    spec = item.get("spec") or {}
    if item["kind"] == "Pod":
        return t.cast("Json", spec)
    if item["kind"] == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    return t.cast("Json", (spec.get("template") or {}).get("spec") or {})
