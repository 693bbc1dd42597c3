# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection on a simulated machine: boots, resets and upgrades, which a container refuses, and what none does on demand."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from talos_controller import CLUSTER, PATIENCE, SimulatedController

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


def test_patience_with_a_clock_that_is_not_in_sync_ends_with_the_machines_reason(simulated: SimulatedController) -> None:
    simulated.done("alga_talos_secrets")
    simulated.done("alga_talos_config")
    simulated.machine.set_faults(time_not_in_sync=True)
    refused = simulated.refused("alga_talos_bootstrap", patience=2)
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
    options = {"cluster": CLUSTER, "confirm": CLUSTER, "patience": PATIENCE}
    for wanted, why in (("v1.12.4", "going back"), ("v1.15.0", "each minor version"), ("latest", "no version")):
        refused = up.refused("alga_talos_upgrade", image=image.format(wanted), **options)
        assert why in refused["msg"], refused
    assert up.done("alga_talos_upgrade", image=image.format("v1.13.0"), **options)["changed"] is False
    assert up.done("alga_talos_upgrade", "--check", image=image.format("v1.14.1"), **options)["changed"]
    assert up.machine.writing_calls() == []
    up.done("alga_talos_upgrade", image=image.format("v1.14.1"), **options)
    assert up.machine.look()["version"] == "v1.14.1"


def test_what_describes_a_machine_is_for_the_operators_own_recipients(up: SimulatedController, tmp_path: Path) -> None:
    """The age of the tests' programs; a machine in a container gives the same, which test_ready.py gathers without it."""
    identity = tmp_path / "identity"
    made = subprocess.run([os.environ["AGE_KEYGEN"], "-o", str(identity)], capture_output=True, text=True, check=True)
    recipient = made.stderr.partition("Public key: ")[2].strip()
    encrypted = tmp_path / "encrypted.age"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(os.environ['AGE']).parent}:{os.environ['PATH']}")
        up.done("alga_talos_support", file=str(encrypted), recipients=[recipient])
    assert stat.S_IMODE(encrypted.stat().st_mode) == 0o600 and not zipfile.is_zipfile(encrypted)
    opened = subprocess.run(
        [os.environ["AGE"], "--decrypt", "--identity", str(identity), str(encrypted)], capture_output=True, check=True
    )
    assert zipfile.is_zipfile(io.BytesIO(opened.stdout))
    assert up.machine.writing_calls() == []
