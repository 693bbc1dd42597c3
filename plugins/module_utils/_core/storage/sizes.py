# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sizes of volumes: a claim keeps the one it was made with, whatever the variables say later (R24)."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from decimal import Decimal

from .. import names

OPTIONS = {"db": "alga_db_storage_size", "redis": "alga_redis_storage_size", "server": "alga_files_storage_size"}
# Kubernetes: Quantity. A claim's size has no fractions of a byte and, as the API server writes it back, may have any of these.
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:[eE]([0-9]+)|([kMGTPE])|([KMGTPE])i)?")
_POWERS = {letter: power for power, letter in enumerate("KMGTPE", 1)}


@dataclass(frozen=True)
class Held:
    """A bound claim's size.

    :param size: as the API server has it.
    :param storage_class: its StorageClass.
    :param expandable: whether that allows a claim to grow; None where it could not be read.
    """

    claim: str
    size: str
    storage_class: str
    expandable: bool | None = None


def number_of_bytes(quantity: str) -> Decimal | None:
    """Read a quantity; None where it is none of these."""
    found = _QUANTITY.fullmatch(quantity)
    if found is None:
        return None
    number, exponent, decimal, binary = found.groups()
    if exponent:
        return Decimal(number).scaleb(int(exponent))
    base, letter = (1024, binary) if binary else (1000, decimal)
    return Decimal(number) * Decimal(base) ** _POWERS[letter.upper()] if letter else Decimal(number)


def smaller(held: Held | None, wanted: str) -> bool:
    """Whether a claim has less than the variables say."""
    if held is None:
        return False
    has, want = number_of_bytes(held.size), number_of_bytes(wanted)
    return has is not None and want is not None and has < want


def sentences(namespace: str, fullname: str, held: t.Mapping[str, Held], wanted: t.Mapping[str, str]) -> list[str]:
    """One sentence for each claim that is smaller than its variable says.

    :param held: what is known of bound claims, by name.
    :param wanted: sizes by the chart's section.
    """
    found = []
    for section, name in names.claims(fullname).items():
        if smaller(held.get(name), wanted.get(section, "")):
            found.append(_sentence(namespace, held[name], OPTIONS[section], wanted[section]))
    return found


def _sentence(namespace: str, held: Held, option: str, wanted: str) -> str:
    by = f"its StorageClass {held.storage_class}"
    how = {
        True: f"{by} allows it to be expanded: set its spec.resources.requests.storage to {wanted}",
        False: f"{by} does not allow expansion, so a larger volume must be created and filled from a backup",
        None: f"whether {by} allows it to be expanded could not be read",
    }[held.expandable]
    return f"PersistentVolumeClaim {namespace}/{held.claim} keeps its {held.size} although {option} is {wanted}; {how}."
