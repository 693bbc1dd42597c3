# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's settings: one default each, every wrong one named at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings, from_environment


def test_defaults_and_empty_variables() -> None:
    assert from_environment({}) == Settings()
    assert from_environment({"ALGA_NODE_ROOT": " ", "ALGA_NODE_BRIDGE": ""}) == Settings()


def test_addresses_follow_from_the_subnets() -> None:
    settings = from_environment({"ALGA_NODE_POD_SUBNET": "10.9.0.0/24", "ALGA_NODE_SERVICE_SUBNET": "10.9.1.0/24"})
    assert (settings.address, settings.host_address, settings.first_pod_address) == ("10.9.0.1", "10.9.0.2", "10.9.0.10")
    assert settings.api_service_address == "10.9.1.1"
    assert settings.registry == "10.9.0.1:5000"


def test_storage_follows_the_root_unless_it_is_given() -> None:
    assert from_environment({"ALGA_NODE_ROOT": "/srv/n"}).storage == Path("/srv/n/storage")
    assert from_environment({"ALGA_NODE_ROOT": "/srv/n", "ALGA_NODE_STORAGE": "/srv/s"}).storage == Path("/srv/s")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ROOT", "relative"),
        ("ROOT", "/"),
        ("ROOT", '/a"b'),
        ("ROOT", "/run/node"),
        ("BRIDGE", "a-name-that-is-too-long"),
        ("BRIDGE", "1a"),
        ("NAME", "Upper"),
        ("NAME", "ends-"),
        ("POD_SUBNET", "10.0.0.1/24"),
        ("POD_SUBNET", "10.0.0.0/28"),
        ("POD_SUBNET", "10.244.65.0/24"),
        ("API_PORT", "0"),
        ("API_PORT", "5000"),
        ("REGISTRY_PORT", "٣"),
        ("ETCD_FSYNC", "yes"),
    ],
)
def test_a_wrong_setting_is_named(variable: str, value: str) -> None:
    with pytest.raises(NodeError, match=f"ALGA_NODE_{variable}"):
        from_environment({f"ALGA_NODE_{variable}": value})


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(NodeError) as caught:
        from_environment({"ALGA_NODE_ROOT": "x", "ALGA_NODE_API_PORT": "y", "ALGA_NODE_BRIDGE": "Z"})
    assert str(caught.value).count("ALGA_NODE_") == 3
