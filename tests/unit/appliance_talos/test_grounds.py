# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both clusters under the tests are driven alike, so that a test cannot tell on which of them it runs."""

from __future__ import annotations

import pytest
from grounds import Ground, Node, TalosMachine
from node import images
from node.settings import Settings
from talos_machine.machine import image_folders
from talos_machine.place import numbered


def grounds() -> list[Ground]:
    return [Node(Settings()), TalosMachine(numbered(3))]


def test_a_test_finds_the_same_variables_on_both() -> None:
    node, machine = (ground.environment() for ground in grounds())
    assert set(node) == set(machine)
    assert {name: node[name] for name in node if name.startswith(("HELM", "KUBECTL", "AGE"))} == {
        name: machine[name] for name in machine if name.startswith(("HELM", "KUBECTL", "AGE"))
    }, "the same programs"
    assert not set(node.values()) & {machine["KUBECONFIG"], machine["ALGA_NODE_STORAGE"], machine["ALGA_NODE_CGROUP"]}


@pytest.mark.parametrize("ground", grounds(), ids=["node", "talos"])
def test_a_test_finds_everything_below_one_place(ground: Ground) -> None:
    assert ground.environment()["ALGA_NODE_STORAGE"].startswith("/var/lib/alga-")
    assert ":" in ground.environment()["ALGA_NODE_REGISTRY"]


def test_the_machine_serves_every_image_that_the_node_serves() -> None:
    assert images.IMAGES in image_folders("1.13.0")
