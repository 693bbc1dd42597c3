# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Placeholders where a pod reads a secret value (W15)."""

from __future__ import annotations

import re
import typing as t

from .manifest import Item, decoded, mapping, text
from .rendered import Charts
from .rows import ChartFinding, Row
from .variables import Reference

# Alone or with more around it, such as "change-me-in-prod"; no part of a longer word, such as "exchangeMessages".
_PLACEHOLDER = re.compile(r"(?<![a-z])(?:change|replace)[-_ ]?me(?![a-z])", re.IGNORECASE)
# What encrypts stored data (contract, A3): the core's CRYPTR_KEY is the workers' CRYPTO_KEY.
_ENCRYPTS = re.compile(r"(?:^|[-_.])(?:crypto|cryptr|encryption)[-_]?key", re.IGNORECASE)


def placeholders(charts: Charts) -> t.Iterator[ChartFinding]:
    """Placeholders that a pod reads; those that no pod reads do no harm."""
    for secret in charts.of_kind("Secret"):
        read = charts.references.get((secret.namespace, secret.name), [])
        for section, plain in (("data", decoded), ("stringData", text)):
            for key, value in mapping(secret.get(section)).items():
                reading = [each for each in read if each.reads(text(key))]
                if reading and _is_placeholder(plain(value)):
                    yield _in_secret(secret, section, text(key), reading)
    for container, variables in charts.variables:
        for variable in variables:
            if _is_placeholder(variable.value):
                row = Row.PLACEHOLDER_KEY if _ENCRYPTS.search(variable.name) else Row.PLACEHOLDER
                message = f"Variable {variable.name} of {container} is a placeholder."
                yield ChartFinding(row, variable.item.chart, variable.place, message, _instead(row))


def _is_placeholder(value: str) -> bool:
    """Whether a value is one; a text of several lines is a file, in which the words may be a comment."""
    return bool(_PLACEHOLDER.search(value)) and len(value.strip().splitlines()) == 1


def _in_secret(secret: Item, section: str, key: str, reading: list[Reference]) -> ChartFinding:
    known_as = [key, *(each.variable(key) for each in reading)]
    row = Row.PLACEHOLDER_KEY if any(map(_ENCRYPTS.search, known_as)) else Row.PLACEHOLDER
    users = ", ".join(dict.fromkeys(str(each.item) for each in reading))
    message = f"Key {key} of {secret} is a placeholder, and {users} reads it."
    return ChartFinding(row, secret.chart, secret.place(section, key), message, _instead(row))


def _instead(row: Row) -> str:
    if row is Row.PLACEHOLDER_KEY:
        return "Set it to the key that the core release uses (CRYPTR_KEY of its Secret) before anything is encrypted with it."
    return "Set it in the chart's values to the value that the other releases use, or to a random one if no other uses it."
