# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine as talosctl sees it, after it was brought up and nothing was left to do."""

from __future__ import annotations

from testinfra.host import Host

from ansible_collections.alga.appliance.molecule.talos.machine import HERE
from ansible_collections.alga.appliance.molecule.talos.machine_facts import Machine


def test_it_runs_and_has_everything_it_needs(machine: Machine) -> None:
    status = machine.get("machinestatus")["machine"]
    assert status["stage"] == "running" and status["status"]["ready"] is True
    assert all(service["running"] for service in machine.get("services").values())


def test_the_volume_for_the_appliances_data_is_mounted(machine: Machine) -> None:
    mounts = {mount["target"]: mount for mount in machine.get("mountstatus").values()}
    assert mounts["/var/mnt/alga-data"]["readOnly"] is False


def test_what_opens_it_is_for_its_owner_alone(host: Host) -> None:
    assert host.file(str(HERE / "talos")).mode == 0o700
    for name in ("talos/secrets.yaml", "talos/talosconfig", "kubeconfig"):
        file = host.file(str(HERE / name))
        assert file.is_file and file.mode == 0o600, name
