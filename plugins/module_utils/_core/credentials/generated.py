# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every other generated Secret that the appliance lives on: empty, changed on the way, unequal where it has to be equal.

A key here is judged by its value alone, which is compared and never told (F12, F13, F14).
"""

from __future__ import annotations

import hmac
import typing as t
from dataclasses import dataclass
from enum import StrEnum

from .. import names

Data = t.Mapping[str, bytes]
# Keys that pod templates use, by the Secret's name; None for a Secret that is taken whole.
Used = t.Mapping[str, "frozenset[str] | None"]
# What a pod template cannot do without: Secret and key, or an empty key for a Secret that is taken whole.
Needed = t.AbstractSet[tuple[str, str]]
# What the workers' charts ship instead of a secret, in several spellings (F14).
_DEFAULT = b"change-me"


class Finding(StrEnum):
    """What is wrong with a key."""

    MISSING = "missing"
    EMPTY = "empty"
    WHITE_SPACE = "white_space"
    DEFAULT = "default"
    UNEQUAL = "unequal"


_SAID = {
    Finding.MISSING: "is missing. Restore it from a backup; data encrypted with it cannot be read without it.",
    Finding.EMPTY: "has no value. Restore it from a backup; data encrypted with it cannot be read without it.",
    Finding.WHITE_SPACE: (
        "begins or ends with white space, which some of its readers strip and others do not. Remove the white space."
    ),
    Finding.DEFAULT: "still has the default value that its chart ships to everybody. Set a value of your own for that chart.",
    Finding.UNEQUAL: (
        "differs from {same} in Secret {other}, although the application and its workers must use the same. Make them equal."
    ),
}


@dataclass(frozen=True)
class GeneratedRow:
    """One key with which something is wrong."""

    secret: str
    key: str
    finding: Finding
    next_action: str

    def evidence(self) -> dict[str, t.Any]:
        """The row, JSON-ready."""
        return vars(self).copy()

    def line(self) -> str:
        """The row as a line for a person."""
        return f"Secret {self.secret}, {self.key}: {self.finding}"


def report(secrets: t.Mapping[str, Data], fullname: str) -> list[GeneratedRow]:
    """Judge the Secrets that are there; one that is not there is the business of whoever makes it.

    :param secrets: decoded values by key, by the Secret's name.
    :param fullname: the name that the core chart gives to its objects.
    """
    known = {name: keys for name, keys in names.generated(fullname).items() if name in secrets}
    rows = []
    for name, keys in known.items():
        for key in dict.fromkeys((*keys, *secrets[name])):
            if finding := _judge(secrets[name].get(key), wanted=key in keys, shared=key in names.SHARED_KEYS):
                rows.append(_row(name, key, finding))
            elif other := _unequal(name, key, secrets, known):
                rows.append(_row(name, key, Finding.UNEQUAL, *other))
    return rows


def in_use(secrets: t.Mapping[str, Data], fullname: str, used: Used, needed: Needed) -> list[GeneratedRow]:
    """Judge the Secrets, of the workers' only what a pod reads: their charts also render Secrets and keys that nobody uses (R39).

    What nobody uses is nothing to compare with either. The application's own count whether a pod is there or not: what they
    encrypted is.

    :param used: by pod templates.
    :param needed: what of it is not optional.
    """

    def reads(name: str, key: str) -> bool:
        keys = used.get(name, frozenset())
        return name not in names.WORKER_SECRETS or keys is None or key in keys

    def counts(row: GeneratedRow) -> bool:
        optional = not {(row.secret, row.key), (row.secret, "")} & needed
        missing = row.finding is Finding.MISSING and optional
        return reads(row.secret, row.key) and not (missing and row.secret in names.WORKER_SECRETS)

    read = {name: {key: value for key, value in data.items() if reads(name, key)} for name, data in secrets.items()}
    return [row for row in report(read, fullname) if counts(row)]


def changed(before: t.Mapping[str, Data], after: t.Mapping[str, Data]) -> dict[str, list[str]]:
    """The keys whose value is not what it was, by the Secret's name; a key that is new has changed nothing (F12)."""
    found = {
        name: [key for key, value in data.items() if value and not hmac.compare_digest(after.get(name, {}).get(key, b""), value)]
        for name, data in before.items()
    }
    return {name: keys for name, keys in found.items() if keys}


def _row(name: str, key: str, finding: Finding, other: str = "", same: str = "") -> GeneratedRow:
    return GeneratedRow(name, key, finding, f"Secret {name}: {key} {_SAID[finding].format(other=other, same=same)}")


def _judge(value: bytes | None, *, wanted: bool, shared: bool) -> Finding | None:
    if value is None:
        return Finding.MISSING if wanted else None
    if not value.strip():
        return Finding.EMPTY if wanted else None
    if _DEFAULT in value.lower():
        return Finding.DEFAULT
    return Finding.WHITE_SPACE if value != value.strip() and (wanted or shared) else None


def _unequal(name: str, key: str, secrets: t.Mapping[str, Data], known: t.Iterable[str]) -> tuple[str, str] | None:
    """The Secret to go by, which is the first that has the key, and the key there, where its value is another one."""
    if key not in names.SHARED_KEYS:
        return None
    called = [each for each in names.SHARED_KEYS if names.OTHER_NAMES.get(each, each) == names.OTHER_NAMES.get(key, key)]
    found = ((other, same) for other in known for same in called if secrets[other].get(same, b"").strip())
    other, same = next(found, (name, key))
    equal = hmac.compare_digest(secrets[other].get(same, b"").strip(), secrets[name].get(key, b"").strip())
    return None if equal else (other, same)
