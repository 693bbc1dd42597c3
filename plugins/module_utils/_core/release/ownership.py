# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects that a chart would make and that exist without Helm's marks: whose they are, and which marks they lack (R30).

An earlier chart made them as a hook, which no release owns; or the collection did; or somebody restored them from a backup.
"""

from __future__ import annotations

import typing as t

from .. import names

Json = t.Mapping[str, t.Any]
HOOK_ANNOTATION = "helm.sh/hook"
INSTANCE_LABEL = "app.kubernetes.io/instance"


def marks(release: str, namespace: str) -> dict[str, dict[str, str]]:
    """What Helm knows the objects of a release by (Helm: validateOwnership)."""
    return {
        "labels": {names.MANAGED_BY_LABEL: "Helm"},
        "annotations": {names.HELM_RELEASE_ANNOTATION: release, names.HELM_NAMESPACE_ANNOTATION: namespace},
    }


def lacking(live: Json, release: str, namespace: str) -> dict[str, dict[str, str]]:
    """The marks that an object lacks; the collection's own mark of who manages it gives way to Helm's."""
    found = {}
    for kind, wanted in marks(release, namespace).items():
        known = live["metadata"].get(kind) or {}
        missing = {key: value for key, value in wanted.items() if known.get(key) in (None, "", names.FIELD_MANAGER)}
        if missing:
            found[kind] = missing
    return found


def other_owner(live: Json, release: str, namespace: str) -> str:
    """Who else an object belongs to, by its marks; empty where they name nobody else."""
    annotations = live["metadata"].get("annotations") or {}
    owner = annotations.get(names.HELM_RELEASE_ANNOTATION)
    place = annotations.get(names.HELM_NAMESPACE_ANNOTATION)
    if owner and (owner, place or namespace) != (release, namespace):
        return f"Helm release {place or namespace}/{owner}"
    manager = (live["metadata"].get("labels") or {}).get(names.MANAGED_BY_LABEL)
    return "" if manager in (None, "", "Helm", names.FIELD_MANAGER) else f"{names.MANAGED_BY_LABEL} {manager}"


def ours(live: Json, release: str, contract: t.Container[str]) -> bool:
    """Tell whether an object is this appliance's: of the contract, the collection's, or of an earlier chart of the release.

    :param contract: names of the generated Secrets.
    """
    metadata = live["metadata"]
    labels = metadata.get("labels") or {}
    return (
        (live.get("kind") == "Secret" and metadata["name"] in contract)
        or labels.get(names.MANAGED_BY_LABEL) == names.FIELD_MANAGER
        or labels.get(INSTANCE_LABEL) == release
        or HOOK_ANNOTATION in (metadata.get("annotations") or {})
    )


def is_hook(item: Json) -> bool:
    """Tell whether a rendered object is a hook's."""
    return HOOK_ANNOTATION in (item["metadata"].get("annotations") or {})
