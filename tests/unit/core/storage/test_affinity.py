# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A volume that no node can mount is known by the scheduler's own rules (R9)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.storage.affinity import unmet

HOSTNAME = "kubernetes.io/hostname"
NODES: list[dict[str, t.Any]] = [
    {"metadata": {"name": "n1", "labels": {HOSTNAME: "n1", "size": "5"}}},
    {"metadata": {"name": "n2"}},
]


def term(key: str, operator: str, *values: str) -> dict[str, t.Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ([term(HOSTNAME, "In", "n1")], ""),
        ([term(HOSTNAME, "In", "old", "older")], f"{HOSTNAME} In old, older"),
        ([term(HOSTNAME, "In", "old"), term(HOSTNAME, "In", "n1")], ""),
        ([term(HOSTNAME, "In", "old"), term("zone", "Exists")], f"{HOSTNAME} In old or zone Exists"),
        (
            [{"matchExpressions": term(HOSTNAME, "In", "n1")["matchExpressions"] + term("zone", "Exists")["matchExpressions"]}],
            "zone",
        ),
        ([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n2"]}]}], ""),
        ([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["old"]}]}], "metadata.name In old"),
        ([term(HOSTNAME, "NotIn", "n1")], ""),
        ([term(HOSTNAME, "DoesNotExist")], ""),
        ([term("size", "Gt", "4")], ""),
        ([term("size", "Lt", "5")], "size Lt 5"),
        ([term(HOSTNAME, "Gt", "4")], f"{HOSTNAME} Gt 4"),
        ([term(HOSTNAME, "Unheard", "of")], ""),
        ([{}], "cannot be"),
    ],
)
def test_what_no_node_has_is_said_r9(terms: list[dict[str, t.Any]], said: str) -> None:
    found = unmet({"required": {"nodeSelectorTerms": terms}}, NODES)
    assert (said in found) if said else found == ""


def test_a_volume_that_asks_nothing_goes_anywhere() -> None:
    assert unmet(None, []) == unmet({}, NODES) == unmet({"required": None}, NODES) == ""
