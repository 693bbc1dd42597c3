# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which keys of which Secrets the pod templates of a namespace really use: a chart also renders what no pod of its reads."""

from __future__ import annotations

import typing as t

from ..._core.credentials.generated import Used
from .kubernetes import Json


def used(workloads: t.Iterable[Json]) -> Used:
    """Read pod templates: those of Deployments and StatefulSets, and pods as such.

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


def needed(workload: Json) -> set[tuple[str, str]]:
    """The Secrets and keys without which a workload's containers cannot be made: CreateContainerConfigError for ever (R40).

    A Secret that is taken whole is needed itself, with an empty key.
    """
    spec = workload["spec"]["template"]["spec"]
    found = [(secret, key or "") for secret, key in _of_containers(spec, without_optional=True)]
    return {*found, *((secret, key or "") for secret, key in _of_volumes(spec, without_optional=True))}


def _of_containers(spec: Json, *, without_optional: bool = False) -> t.Iterator[tuple[str, str | None]]:
    for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
        for entry in container.get("env") or []:
            reference = (entry.get("valueFrom") or {}).get("secretKeyRef") or {}
            if reference.get("name") and not (without_optional and reference.get("optional")):
                yield reference["name"], reference["key"]
        for entry in container.get("envFrom") or []:
            whole = entry.get("secretRef") or {}
            if whole.get("name") and not (without_optional and whole.get("optional")):
                yield whole["name"], None


def _of_volumes(spec: Json, *, without_optional: bool = False) -> t.Iterator[tuple[str, str | None]]:
    for volume in spec.get("volumes") or []:
        sources = [volume.get("secret") or {}, *((volume.get("projected") or {}).get("sources") or [])]
        for source in sources:
            taken: Json = source.get("secret") or source
            name = taken.get("secretName") or (taken.get("name") if "secret" in source else None)
            keys: list[str | None] = [entry["key"] for entry in taken.get("items") or []]
            for key in keys or [None]:
                if name and not (without_optional and taken.get("optional")):
                    yield str(name), key
