# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One shape of result for every module: the same keys on every path."""

from __future__ import annotations

import typing as t
from enum import Enum


def plain(value: t.Any) -> t.Any:
    """A value in the types that JSON has: Ansible stores no others, and warns of a text that is an enum's member."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, t.Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def telling(facts: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Facts without those that are empty, at any depth: what a failed task prints stands above its sentence, a line each.

    A number and a truth value are kept: none and no are answers.
    """
    kept = {name: _telling(value) for name, value in facts.items()}
    return {name: value for name, value in kept.items() if value not in (None, "", [], {})}


def _telling(value: t.Any) -> t.Any:
    if isinstance(value, t.Mapping):
        return telling(value)
    return [_telling(item) for item in value] if isinstance(value, (list, tuple)) else value


def build(
    *,
    state: str | None,
    decision: str,
    message: str,
    next_action: str = "",
    evidence: t.Mapping[str, t.Any] | None = None,
    drift: bool | None = False,
    changed: bool = False,
    diff: t.Mapping[str, t.Any] | None = None,
) -> dict[str, t.Any]:
    """Build a module's result.

    :param state: what was found, a value of a closed enum; None where a failure came first.
    :param decision: what was or would be done about it.
    :param message: one sentence or more for a person.
    :param next_action: what to do next; empty when nothing is to be done.
    :param evidence: facts behind the decision, without secrets.
    :param drift: whether a contract and reality differ; None where a failure came first.
    :param changed: whether something was, or in check mode would be, written.
    :param diff: before and after, redacted; only under ``--diff``.
    """
    result: dict[str, t.Any] = {
        "state": state,
        "decision": decision,
        "msg": message,
        "next_action": next_action,
        "evidence": plain(evidence or {}),
        "drift": drift,
        "changed": changed,
    }
    if diff is not None:
        result["diff"] = dict(diff)
    return result
