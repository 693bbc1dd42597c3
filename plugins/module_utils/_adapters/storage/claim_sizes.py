# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sizes of bound claims, and whether their StorageClass lets them grow."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._core.errors import ObservationFailed
from ..._core.storage.sizes import Held
from ..cluster.kubernetes import KubernetesApi, path

_STORAGE = "/apis/storage.k8s.io/v1"


def read(api: KubernetesApi, namespace: str, claims: t.Collection[str]) -> list[Held]:
    """Read the sizes of those of some claims that have a volume."""
    found = []
    for item in api.items(path("persistentvolumeclaims", namespace)):
        spec, status = item["spec"], item.get("status") or {}
        if item["metadata"]["name"] in claims and spec.get("volumeName"):
            size = (status.get("capacity") or spec["resources"]["requests"])["storage"]
            found.append(Held(item["metadata"]["name"], str(size), spec.get("storageClassName") or ""))
    return found


def expandable(api: KubernetesApi, held: Held) -> Held:
    """The same with whether its StorageClass lets it grow; a class that is gone lets nothing grow, one unread is not known."""
    try:
        found = api.get(path("storageclasses", name=held.storage_class, group=_STORAGE)) if held.storage_class else None
    except ObservationFailed:
        return held
    return dataclasses.replace(held, expandable=bool(found and found.get("allowVolumeExpansion")))
