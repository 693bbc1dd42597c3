# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether any node can mount a volume: the scheduler's own rules (Kubernetes: NodeSelectorTerm), R9."""

from __future__ import annotations

import typing as t

Json = t.Mapping[str, t.Any]


def unmet(affinity: Json | None, nodes: t.Sequence[Json]) -> str:
    """Say what a volume asks of a node where no node has it; empty where one does, or nothing is asked.

    :param affinity: ``spec.nodeAffinity`` of a PersistentVolume.
    :param nodes: the cluster's nodes, as the API server lists them.
    """
    required = (affinity or {}).get("required")
    if required is None or any(_matches(term, node) for term in required["nodeSelectorTerms"] for node in nodes):
        return ""
    return " or ".join(_said(term) for term in required["nodeSelectorTerms"]) or "a node that cannot be"


def _requirements(term: Json) -> list[tuple[Json, bool]]:
    return [(each, False) for each in term.get("matchExpressions") or []] + [
        (each, True) for each in term.get("matchFields") or []
    ]


def _matches(term: Json, node: Json) -> bool:
    """All requirements of a term hold; one without any matches nothing."""
    requirements = _requirements(term)
    labels = node["metadata"].get("labels") or {}
    fields = {"metadata.name": node["metadata"]["name"]}
    return bool(requirements) and all(_holds(each, fields if field else labels) for each, field in requirements)


def _holds(requirement: Json, found: t.Mapping[str, str]) -> bool:
    """One requirement; an operator that nobody has seen yet is not said to be unmet."""
    value, values = found.get(requirement["key"]), requirement.get("values") or []
    match requirement["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt":
            return _greater(value, values[0])
        case "Lt":
            return _greater(values[0], value)
        case _:
            return True


def _greater(one: str | None, other: str | None) -> bool:
    """Compare two labels as whole numbers; what is none is never greater."""
    try:
        return int(one or "") > int(other or "")
    except ValueError:
        return False


def _said(term: Json) -> str:
    return " and ".join(
        " ".join(filter(None, (each["key"], each["operator"], ", ".join(each.get("values") or []))))
        for each, _field in _requirements(term)
    )
