# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the core chart is told, and whether its release needs helm at all."""

from __future__ import annotations

import typing as t

from . import names

Json = dict[str, t.Any]


def values(given: t.Mapping[str, t.Any], *, namespace: str, claims: t.Mapping[str, str], replicas: int, mode: str) -> Json:
    """The chart's values: the operator's, then the collection's own, which win.

    The chart's own Job and init gate stay off; the bootstrap is the collection's (design, Who runs the bootstrap).

    :param claims: claim names by the chart's sections ``db``, ``redis`` and ``server``.
    """
    own: Json = {
        "namespace": namespace,
        "bootstrap": {"mode": mode},
        "setup": {"runMigrations": False, "runSeeds": False},
        "server": {"replicaCount": replicas},
        "persistence": {"keepPvcOnUninstall": True},
    }
    for section, claim in claims.items():
        own.setdefault(section, {})["persistence"] = {"existingClaim": claim}
    return merge(given, own)


def merge(base: t.Mapping[str, t.Any], over: t.Mapping[str, t.Any]) -> Json:
    """Merge two mappings deeply; the second wins."""
    merged = dict(base)
    for key, value in over.items():
        known = merged.get(key)
        merged[key] = merge(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def identity(item: t.Mapping[str, t.Any]) -> str:
    """A rendered object as a person would name it."""
    return f"{item['kind']} {item['metadata']['name']}"


def differences(deployed: t.Sequence[Json], wanted: t.Sequence[Json], live: t.Mapping[str, Json | None]) -> list[str]:
    """Say what a run of helm would change; an empty list means that helm is not needed.

    :param deployed: objects as helm last rendered them.
    :param wanted: objects as the chart renders now.
    :param live: what the API server has, by :func:`identity`; None for an object that does not exist.
    """
    before = {identity(item): item for item in deployed}
    after = {identity(item): item for item in wanted}
    found = [f"{name} is removed from the release" for name in before if name not in after]
    for name, item in after.items():
        current = live.get(name)
        if current is None:
            found.append(f"{name} does not exist")
        elif name not in before:
            found.append(f"{name} is added to the release")
        elif before[name] != item:
            found.append(f"{name} is rendered differently")
        elif _replicas(item) != _replicas(current):
            found.append(f"{name} has {_replicas(current)} replicas, {_replicas(item)} are wanted")
    return found


def _replicas(item: t.Mapping[str, t.Any]) -> t.Any:
    return item.get("spec", {}).get("replicas") if item["kind"] in ("Deployment", "StatefulSet") else None


def unsafe(wanted: t.Sequence[Json], claims: t.Iterable[str]) -> list[str]:
    """Name rendered objects that must never come from a release: claims it could delete, bootstrap that bypasses the guard."""
    protected = set(claims)
    return [
        f"{identity(item)} would belong to the release and go with it"
        for item in wanted
        if item["kind"] == "PersistentVolumeClaim" and item["metadata"]["name"] in protected
    ] + [f"{identity(item)} would migrate and seed without the collection's guard" for item in wanted if item["kind"] == "Job"]


def secret_keys_kept(wanted: t.Sequence[Json], data: t.Mapping[str, str]) -> bool:
    """Tell whether a rendered credentials Secret carries exactly the values that exist (F1); true when none is rendered."""
    rendered = [item for item in wanted if item["kind"] == "Secret" and item["metadata"]["name"] == names.CREDENTIALS_SECRET]
    return all((item.get("data") or {}).get(key) == value for item in rendered for key, value in data.items())
