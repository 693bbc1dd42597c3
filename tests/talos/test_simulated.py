# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection on a simulated machine: boots, resets and upgrades, which a container refuses, and what none does on demand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.alga.appliance.tests.talos.talos_controller import CLUSTER, PROGRESS_TIMEOUT, SimulatedController

BOOT = [{"machine": {"files": [{"path": "/var/x", "op": "create", "permissions": 0o644, "content": "canary"}]}}]


@pytest.fixture
def up(simulated: SimulatedController) -> SimulatedController:
    """A machine that the collection brought up."""
    simulated.up()
    simulated.machine.forget_calls()
    return simulated


@pytest.mark.parametrize("faults", [{"not_ready": 3}, {"reboot_in_apply": True}, {"lost_answer": "ApplyConfiguration"}], ids=str)
def test_a_configuration_arrives_over_every_fault(simulated: SimulatedController, faults: dict[str, Any]) -> None:
    simulated.done("alga_talos_secrets")
    simulated.machine.set_faults(**faults)
    simulated.done("alga_talos_config")
    simulated.machine.clear_faults()
    assert simulated.state() == "configured"
    assert simulated.done("alga_talos_config")["changed"] is False


def test_etcd_is_bootstrapped_when_the_machine_is_ready_to(simulated: SimulatedController) -> None:
    simulated.done("alga_talos_secrets")
    simulated.done("alga_talos_config")
    simulated.machine.set_faults(not_ready=3)
    simulated.done("alga_talos_bootstrap")
    assert simulated.machine.writing_calls().count("Bootstrap") == 4


def test_a_wait_for_a_clock_that_is_not_in_sync_ends_with_the_machines_reason(simulated: SimulatedController) -> None:
    simulated.done("alga_talos_secrets")
    simulated.done("alga_talos_config")
    simulated.machine.set_faults(time_not_in_sync=True)
    refused = simulated.refused("alga_talos_bootstrap", progress_timeout=2)
    assert "time is not in sync" in refused["msg"], refused
    assert not simulated.machine.look()["bootstrapped"]


def test_what_needs_a_boot_gets_one_where_that_is_asked_for(up: SimulatedController) -> None:
    options: dict[str, Any] = {"patches": BOOT, "apply_mode": "reboot", "mode": "recover"}
    boot = up.machine.look()["boot_id"]
    predicted = up.done("alga_talos_config", "--check", "--diff", **options)
    assert predicted["evidence"]["reboot_required"] and up.machine.writing_calls() == []
    assert "canary" not in json.dumps(predicted)
    up.done("alga_talos_config", **options)
    assert up.machine.look()["boot_id"] != boot
    assert up.done("alga_talos_config", **options)["changed"] is False


def test_a_machine_whose_data_was_wiped_with_its_configuration_is_a_new_one(up: SimulatedController) -> None:
    up.done("alga_talos_reset", cluster=CLUSTER, labels=["STATE", "EPHEMERAL"], confirm=f"{CLUSTER}/{up.machine.address}")
    assert up.state() == "maintenance"
    up.done("alga_talos_config")  # A directory on EPHEMERAL went with it, so nothing is left.


def test_a_user_volume_that_outlived_its_machine_is_nobodys_first_run(simulated: SimulatedController) -> None:
    disk = 'disk.transport == "virtio"'
    simulated.up(storage_disk=disk)
    where = f"{CLUSTER}/{simulated.machine.address}"
    unconfirmed = simulated.refused("alga_talos_reset", cluster=CLUSTER, labels=["STATE", "EPHEMERAL"])
    assert where in unconfirmed["msg"], unconfirmed
    simulated.done("alga_talos_reset", cluster=CLUSTER, labels=["STATE", "EPHEMERAL"], confirm=where)
    simulated.machine.forget_calls()
    refused = simulated.refused("alga_talos_config", storage_disk=disk)
    assert refused["evidence"]["partitions"] == ["u-alga-data"], refused
    lost = simulated.refused("alga_talos_config", storage_disk=disk, mode="recover")
    assert CLUSTER in lost["msg"] and "u-alga-data" in lost["msg"], lost
    assert simulated.machine.writing_calls() == []
    simulated.done("alga_talos_config", storage_disk=disk, mode="recover", confirm=CLUSTER)
    assert simulated.state() == "configured"


def test_talos_is_upgraded_one_minor_version_at_a_time(up: SimulatedController) -> None:
    image = "ghcr.io/siderolabs/installer:{}"
    options = {"cluster": CLUSTER, "confirm": CLUSTER, "progress_timeout": PROGRESS_TIMEOUT}
    for wanted, why in (("v1.12.4", "downgrades"), ("v1.15.0", "each minor version"), ("latest", "not a version")):
        refused = up.refused("alga_talos_upgrade", image=image.format(wanted), **options)
        assert why in refused["msg"], refused
    assert up.done("alga_talos_upgrade", image=image.format("v1.13.0"), **options)["changed"] is False
    assert up.done("alga_talos_upgrade", "--check", image=image.format("v1.14.1"), **options)["changed"]
    assert up.machine.writing_calls() == []
    up.done("alga_talos_upgrade", image=image.format("v1.14.1"), **options)
    assert up.machine.look()["version"] == "v1.14.1"
