# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results hold what JSON holds, whatever the core put into them."""

from __future__ import annotations

import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._core.results import build, telling
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState


def kinds(value: t.Any) -> set[type]:
    if isinstance(value, dict):
        return {kind for key, item in value.items() for kind in kinds(key) | kinds(item)}
    if isinstance(value, list):
        return {kind for item in value for kind in kinds(item)}
    return {type(value)}


def test_evidence_has_no_type_of_its_own() -> None:
    facts = {"a": DatabaseState.SEEDED, DatabaseState.ABSENT: [(DatabaseState.AHEAD, 1)], "b": {"c": None, "d": True}}
    evidence = build(state="", decision="", message="", evidence=facts)["evidence"]
    assert evidence == {"a": "seeded", "absent": [["ahead", 1]], "b": {"c": None, "d": True}}
    assert kinds(evidence) == {str, int, bool, type(None)}


def test_what_is_empty_is_left_out_at_any_depth_and_no_and_none_are_kept() -> None:
    facts = {"a": "", "b": None, "c": [{"d": [], "e": False}, {"f": ()}], "g": {"h": {}, "i": ""}, "j": 0, "k": ["", "l"]}
    assert telling(facts) == {"c": [{"e": False}, {}], "j": 0, "k": ["", "l"]}
