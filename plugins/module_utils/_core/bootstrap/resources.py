# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection's own pods ask for and may use, so that no quota or limit of a namespace keeps them out (R10, R13)."""

from __future__ import annotations

import re
import typing as t
from decimal import Decimal

# Kubernetes: Quantity.
_QUANTITY = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]|[KMGTPE]i)?")
_DECIMAL = {"": 0, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {f"{letter}i": 10 * (place + 1) for place, letter in enumerate("KMGTPE")}

Amounts = t.Mapping[str, str]
# What a container asks for and may use where nobody said. A quota on either refuses whatever does not name it. Little is asked
# for, because a node is full by what is asked for; the limits are for a program that migrates, or for a shell that looks.
JOB = {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "1", "memory": "2Gi"}}
LOOK = {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}}


def amount(quantity: str) -> Decimal:
    """The number that a quantity is.

    :raises ValueError: when it is none.
    """
    found = _QUANTITY.fullmatch(quantity)
    if found is None:
        raise ValueError(f"{quantity!r} is not a Kubernetes quantity")
    number, unit = Decimal(found[1]), found[2] or ""
    return number * 2 ** _BINARY[unit] if unit in _BINARY else number.scaleb(_DECIMAL[unit])


def fitted(defaults: t.Mapping[str, Amounts], ranges: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, dict[str, str]]:
    """Defaults as the LimitRanges of a namespace let them in: no limit above their maximum, no request below their minimum.

    :param ranges: the LimitRanges, as the API has them.
    """
    whole = {kind: dict(amounts) for kind, amounts in defaults.items()}
    items = [item for each in ranges for item in each["spec"]["limits"] if item["type"] in ("Container", "Pod")]
    for name in whole["limits"]:
        tops = [item["max"][name] for item in items if name in (item.get("max") or {})]
        bottoms = [item["min"][name] for item in items if name in (item.get("min") or {})]
        whole["limits"][name] = min([whole["limits"][name], *tops], key=amount)
        least = max([whole["requests"][name], *bottoms], key=amount)
        whole["requests"][name] = min(least, whole["limits"][name], key=amount)
    return whole


def completed(given: t.Mapping[str, t.Any], defaults: t.Mapping[str, Amounts]) -> dict[str, t.Any]:
    """A container's resources, with what is missing filled in so that no request is above its limit.

    :param given: as a container has them; what it says is kept.
    :param defaults: requests and limits for what it does not say.
    """
    requests = {name: str(value) for name, value in (given.get("requests") or {}).items()}
    limits = {name: str(value) for name, value in (given.get("limits") or {}).items()}
    for name, default in defaults["limits"].items():
        limits.setdefault(name, max(default, requests.get(name, default), key=amount))
        requests.setdefault(name, min(defaults["requests"][name], limits[name], key=amount))
    return {**given, "requests": requests, "limits": limits}
