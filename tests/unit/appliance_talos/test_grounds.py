# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both clusters under the tests are driven alike, so that a test cannot tell on which of them it runs."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.tests.appliance.grounds import Ground, Node, TalosMachine
from ansible_collections.alga.appliance.tests.appliance.node import images
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings
from ansible_collections.alga.appliance.tests.appliance.talos_machine.machine import image_folders
from ansible_collections.alga.appliance.tests.appliance.talos_machine.place import numbered


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
