# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which keys of which Secrets the pod templates of a namespace really use: a chart also renders what no pod of its reads."""

from __future__ import annotations

import typing as t

from .._core.generated import Used
from .kubernetes import Json


def used(workloads: t.Iterable[Json]) -> Used:
    """Read the templates of Deployments and StatefulSets.

    :returns: the keys by the Secret's name; None for all of them, where the Secret is taken whole.
    """
    found: dict[str, set[str] | None] = {}
    for workload in workloads:
        spec = workload["spec"]["template"]["spec"]
        for secret, key in [*_of_containers(spec), *_of_volumes(spec)]:
            keys = found.setdefault(secret, set())
            if key is None:
                found[secret] = None
            elif keys is not None:
                keys.add(key)
    return {secret: None if keys is None else frozenset(keys) for secret, keys in found.items()}


def _of_containers(spec: Json) -> t.Iterator[tuple[str, str | None]]:
    for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
        for entry in container.get("env") or []:
            reference = (entry.get("valueFrom") or {}).get("secretKeyRef") or {}
            if reference.get("name"):
                yield reference["name"], reference["key"]
        for entry in container.get("envFrom") or []:
            if name := (entry.get("secretRef") or {}).get("name"):
                yield name, None


def _of_volumes(spec: Json) -> t.Iterator[tuple[str, str | None]]:
    for volume in spec.get("volumes") or []:
        sources = [volume.get("secret") or {}, *((volume.get("projected") or {}).get("sources") or [])]
        for source in sources:
            taken: Json = source.get("secret") or source
            name = taken.get("secretName") or (taken.get("name") if "secret" in source else None)
            keys: list[str | None] = [entry["key"] for entry in taken.get("items") or []]
            for key in keys or [None]:
                if name:
                    yield str(name), key
