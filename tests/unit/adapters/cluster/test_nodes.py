# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes as the API server knows them: ready where it says so, and a list that could not be read is not an empty cluster."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.nodes import nodes
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos_health import Node
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer


def node(conditions: t.Any, taints: t.Any = None) -> dict[str, t.Any]:
    status = {"nodeInfo": {"kubeletVersion": "v1.36.0"}, "conditions": conditions}
    return {"metadata": {"name": "n1"}, "spec": {"taints": taints}, "status": status}


@pytest.mark.parametrize(
    ("conditions", "ready"),
    [
        ([{"type": "Ready", "status": "True"}], True),
        ([{"type": "Ready", "status": "Unknown"}], False),
        ([{"type": "MemoryPressure", "status": "True"}], False),
        (None, False),
    ],
)
def test_only_true_is_ready(ports: Ports, conditions: t.Any, ready: bool) -> None:
    assert nodes(ports.api({complete.NODES: [node(conditions)]})) == [Node("n1", "v1.36.0", ready)]


def test_taints_that_keep_pods_away_are_named(ports: Ports) -> None:
    taints = [
        {"key": "a", "effect": "NoSchedule"},
        {"key": "b", "effect": "PreferNoSchedule"},
        {"key": "c", "effect": "NoExecute"},
    ]
    assert nodes(ports.api({complete.NODES: [node([], taints)]}))[0].taints == ("a", "c")


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_a_list_that_could_not_be_read_is_no_cluster_without_nodes(ports: Ports, answer: Answer) -> None:
    with pytest.raises(ObservationFailed):
        nodes(ports.api({complete.NODES: answer}))
