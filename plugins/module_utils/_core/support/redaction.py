# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no support bundle may hold: a secret's value, in whichever form something prints it."""

from __future__ import annotations

import base64
import re
import typing as t

from .. import names
from ..bootstrap import job_log
from ..quote import secrets_in

# Less of an encoded value is found in ordinary words by chance.
_SHORTEST_ENCODED = 6
# What charts keep in Secrets and every reader of a log needs; as a password each of them would be everybody's.
_PUBLIC = frozenset({"true", "false", "null", "none", names.DATABASE, *names.ROLE_KEYS})
# What a program is given as a password in its arguments; what stands there for a variable is none.
_ARGUMENT = re.compile(r"(?:--?[\w-]*(?:pass|secret|token)[\w-]*|\brequirepass)(?:=|\s+)[\"']?(?!\$)([^\s\"']+)", re.IGNORECASE)
# How many characters of base64 depend on what stands before a value, by the bytes of a group that this has taken.
_BEFORE = (0, 2, 3)


def forms(values: t.Collection[bytes]) -> tuple[str, ...]:
    """Every form in which a program or an object may show a secret's value, longest first.

    As :func:`job_log.forms` has them, and in base64: alone, as a Secret's data, and inside of something longer, such as HTTP's
    basic authentication, where it begins at any of three places.

    :param values: values of Secrets; what under four characters or everybody's is left out.
    """
    secret = [value for value in values if value.decode(errors="replace").strip() not in _PUBLIC]
    found = {*job_log.forms(secret)}
    for value in secret:
        for part in (value, value.strip()):
            found |= {each for each in _encoded(part) if len(each) >= _SHORTEST_ENCODED}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


def literals(item: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """Every form of what a pod, or whatever makes pods, is given as a secret without a Secret: in a variable, or in an argument.

    :param item: an object of Kubernetes.
    """
    spec = item.get("spec") or {}
    pod = (spec.get("template") or {}).get("spec") or spec
    found: set[str] = set()
    for container in (*(pod.get("initContainers") or []), *(pod.get("containers") or [])):
        words = " ".join([*(container.get("command") or []), *(container.get("args") or [])])
        found |= {*secrets_in(container.get("env") or []), *forms([each.encode() for each in _ARGUMENT.findall(words)])}
    return tuple(found)


def _encoded(value: bytes) -> t.Iterator[str]:
    for shift, before in enumerate(_BEFORE):
        whole = base64.b64encode(bytes(shift) + value).decode()
        # A group that is not full shares its last character with what follows.
        inside = whole.rstrip("=")[:-1] if whole.endswith("=") else whole
        for each in (whole.rstrip("=") if not shift else "", inside[before:]):
            yield from {each, each.replace("+", "-").replace("/", "_")}
