# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole road: a machine in maintenance mode, fresh.yml, an application that answers, and recover.yml over and over.

The machine is simulated; its Kubernetes is the real node, which its kubeconfig opens.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from appliance import CLAIM, NAMESPACE, ROWS, Appliance, empty_place
from node.talos import Simulator

from ansible_collections.alga.appliance.plugins.module_utils._core import local_path

CLUSTER = "workshop"
CONFIRMED = {"alga_confirm": CLUSTER}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("machine")
    with Simulator(folder / "disk", kubeconfig=Path(os.environ["KUBECONFIG"])) as started:
        yield started


@pytest.fixture(scope="module")
def bare(machine: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """An appliance whose machine has no configuration."""
    folder = tmp_path_factory.mktemp("bare")
    variables = {
        "alga_kubeconfig": str(folder / "kubeconfig"),
        "alga_talos_node": machine.address,
        "alga_talos_folder": str(folder / "talos"),
        "alga_talos_cluster": CLUSTER,
        "alga_talos_install_disk": "/dev/vda",
        "alga_talos_storage_disk": 'disk.transport == "virtio"',
        "alga_talos_patches": [{"machine": {"env": {"CANARY": "canary-of-a-patch"}}}],
        "alga_talosctl": os.environ["TALOSCTL"],
    }
    with empty_place(folder, variables) as place:
        yield place


def folder(appliance: Appliance) -> Path:
    return Path(appliance.variables["alga_talos_folder"])


def talosctl(appliance: Appliance, machine: Simulator) -> list[str]:
    opens = str(folder(appliance) / "talosconfig")
    return [os.environ["TALOSCTL"], "--talosconfig", opens, "--nodes", machine.address, "--endpoints", machine.address]


def kept(appliance: Appliance) -> dict[str, bytes]:
    """What opens the machine and the cluster, byte by byte."""
    files = [*sorted(folder(appliance).iterdir()), Path(appliance.variables["alga_kubeconfig"])]
    return {file.name: file.read_bytes() for file in files}


def values(content: t.Any) -> Iterator[str]:
    if isinstance(content, dict):
        for item in content.values():
            yield from values(item)
    else:
        yield str(content)


def test_check_mode_on_a_bare_machine_says_what_would_be_done_and_writes_nothing(machine: Simulator, bare: Appliance) -> None:
    outcome = bare.playbook("fresh", "--check", "--diff")
    assert (outcome.code, outcome.changed) == (0, 4), outcome.output
    assert "it is maintenance" in outcome.output
    assert machine.writing_calls() == [] and machine.calls(), "it was asked, and nothing was changed"
    assert not folder(bare).exists() and not Path(bare.variables["alga_kubeconfig"]).exists()
    status = bare.playbook("status")
    assert (status.code, status.changed) == (0, 0) and "Run fresh.yml" in status.output, status.output


def test_fresh_begins_at_the_bare_machine_and_ends_with_the_application(machine: Simulator, bare: Appliance) -> None:
    outcome = bare.playbook("fresh", "-vvv", "--diff")
    assert outcome.code == 0, outcome.output
    assert machine.writing_calls() == ["ApplyConfiguration", "Bootstrap"]
    assert bare.rows() == ROWS
    assert {stat.S_IMODE(file.stat().st_mode) for file in [*folder(bare).iterdir(), Path(bare.variables["alga_kubeconfig"])]} == {
        0o600
    }
    assert stat.S_IMODE(folder(bare).stat().st_mode) == 0o700
    bundle = yaml.safe_load((folder(bare) / "secrets.yaml").read_text())
    hidden = [*values(bundle), "canary-of-a-patch"]
    assert [value for value in hidden if value in outcome.output] == []


def test_a_second_and_a_third_run_change_nothing_on_the_machine(machine: Simulator, bare: Appliance) -> None:
    before, boot = kept(bare), machine.look()["boot_id"]
    machine.forget_calls()
    for _time in range(2):
        outcome = bare.playbook("recover", "-vvv", "--diff")
        assert (outcome.code, outcome.changed) == (0, 0), outcome.output
    assert bare.playbook("recover", "--check").changed == 0
    assert bare.playbook("fresh").failed == 1, "there is an appliance"
    assert machine.writing_calls() == []
    assert kept(bare) == before and machine.look()["boot_id"] == boot


def test_after_a_reboot_the_volume_is_mounted_again_and_nothing_is_changed(machine: Simulator, bare: Appliance) -> None:
    boot = machine.look()["boot_id"]
    subprocess.run([*talosctl(bare, machine), "reboot", "--wait=false"], check=True)
    machine.forget_calls()
    outcome = bare.playbook("recover")
    assert (outcome.code, outcome.changed) == (0, 0), outcome.output
    assert machine.look()["boot_id"] != boot and machine.writing_calls() == []
    assert bare.rows() == ROWS


def test_a_drifted_configuration_is_shown_in_check_mode_and_converged(machine: Simulator, bare: Appliance) -> None:
    patches = [*bare.variables["alga_talos_patches"], {"machine": {"sysctls": {"vm.swappiness": "7"}}}]
    machine.forget_calls()
    shown = bare.playbook("recover", "--check", "--diff", alga_talos_patches=patches)
    assert (shown.code, shown.changed) == (0, 1) and "machine.sysctls.vm.swappiness: (absent) -> '7'" in shown.output, (
        shown.output
    )
    assert machine.writing_calls() == []
    applied = bare.playbook("recover", alga_talos_patches=patches)
    assert (applied.code, applied.changed) == (0, 1), applied.output
    assert machine.writing_calls() == ["ApplyConfiguration"]
    assert bare.playbook("recover", alga_talos_patches=patches).changed == 0
    bare.variables["alga_talos_patches"] = patches


def test_an_upgrade_of_the_machine_touches_nothing_of_the_appliance(machine: Simulator, bare: Appliance) -> None:
    before, roles = kept(bare), bare.roles()
    image = "ghcr.io/siderolabs/installer:v1.13.1"
    outcome = bare.playbook("upgrade_talos", alga_talos_installer_image=image, **CONFIRMED)
    assert (outcome.code, outcome.changed) == (0, 1), outcome.output
    assert machine.look()["version"] == "v1.13.1"
    after = bare.playbook("recover")
    assert (after.code, after.changed) == (0, 0), after.output
    assert (bare.roles(), bare.rows(), kept(bare)) == (roles, ROWS, before)


def test_the_configuration_brings_the_provisioner(machine: Simulator, bare: Appliance) -> None:
    running = subprocess.run(
        [*talosctl(bare, machine), "get", "machineconfig", "v1alpha1", "--output", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    documents = yaml.safe_load_all(json.loads(running.stdout)["spec"])
    (cluster,) = [document["cluster"] for document in documents if "cluster" in document]
    assert cluster["inlineManifests"] == local_path.patch()["cluster"]["inlineManifests"]
    assert cluster["allowSchedulingOnControlPlanes"] is True


def test_a_volume_that_is_not_mounted_stops_the_run_before_any_claim(machine: Simulator, bare: Appliance) -> None:
    machine.set_faults(no_mount=True)
    machine.stop()
    machine.start()
    machine.set_faults(no_mount=True)
    try:
        outcome = bare.playbook("recover", alga_patience=3)
        assert outcome.failed == 1 and "/var/mnt/alga-data is not mounted" in outcome.message, outcome.output
    finally:
        machine.clear_faults()


def test_etcd_that_was_wiped_is_never_a_fresh_start(machine: Simulator, bare: Appliance) -> None:
    before = kept(bare)
    machine.wipe_ephemeral()
    machine.forget_calls()
    for name in ("recover", "status"):
        outcome = bare.playbook(name)
        assert "was not bootstrapped" in outcome.output or "has no data" in outcome.output, outcome.output
    refused = bare.playbook("recover")
    assert refused.failed == 1 and "orphaned" in refused.message and "--recover-from" in refused.message, refused.output
    assert machine.writing_calls() == []
    confirmed = bare.playbook("recover", **CONFIRMED)
    assert machine.writing_calls() == ["Bootstrap"], confirmed.output
    assert confirmed.code == 0, "the Kubernetes behind this machine still knows everything"
    assert kept(bare) == before


def test_orphaned_data_is_named_and_comes_back_and_is_never_a_fresh_start(
    machine: Simulator, bare: Appliance, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse battery staple")
    escrow = {"alga_escrow": {"file": str(tmp_path / "copy"), "vault_password_file": str(password)}}
    assert bare.playbook("recover", **escrow).code == 0
    before, roles, identifier = kept(bare), bare.roles(), bare.identifier()
    directories = bare.directories()
    machine.wipe_ephemeral()
    lose_kubernetes(bare)
    assert bare.directories() == directories, "the volume outlived etcd"

    for name, given in (("recover", {}), ("recover", CONFIRMED), ("fresh", {})):
        refused = bare.playbook(name, **escrow, **given)
        assert refused.failed == 1, refused.output
    found = bare.playbook("recover", **escrow)
    assert found.failed == 1 and all(str(directory) in found.message for directory in directories if "postgres" in str(directory))
    assert bare.directories() == directories

    claims = {**escrow, "alga_confirm": f"{NAMESPACE}/{CLAIM}"}
    rebound = bare.playbook("rebind_volumes", **claims)
    assert rebound.code == 0 and "rescue_credentials.yml" in rebound.output, rebound.output
    rescue = {**escrow, "alga_confirm": f"{NAMESPACE}/db-credentials"}
    rescued = bare.playbook("rescue_credentials", **rescue)
    assert rescued.code == 0, rescued.output
    back = bare.playbook("recover", **escrow)
    assert back.code == 0, back.output
    assert (bare.rows(), bare.roles(), bare.identifier()) == (ROWS, roles, identifier)
    assert {name: text for name, text in kept(bare).items() if name in before} == before


def lose_kubernetes(appliance: Appliance) -> None:
    """Lose every object of the appliance as a lost etcd does; its directories stay."""
    appliance.kubectl("delete", "deployments,replicasets,statefulsets,jobs", "--all")
    appliance.kubectl("delete", "pods", "--all", "--grace-period=1")
    listed = json.loads(appliance.kubectl("get", "persistentvolumes", "-o", "json"))["items"]
    names = [item["metadata"]["name"] for item in listed if item["spec"]["claimRef"]["namespace"] == NAMESPACE]
    for name in names:
        keep = {"spec": {"persistentVolumeReclaimPolicy": "Retain"}}
        appliance.kubectl("patch", "persistentvolume", name, "--patch", json.dumps(keep))
    appliance.kubectl("delete", "namespace", NAMESPACE, "--wait=true")
    appliance.kubectl("delete", "persistentvolume", *names, "--wait=true")


def test_a_machine_that_is_configured_by_others_keeps_everything_f47(machine: Simulator, bare: Appliance) -> None:
    before = kept(bare)
    machine.set_faults(other_pki=True)
    machine.forget_calls()
    try:
        for name in ("recover", "fresh"):
            outcome = bare.playbook(name)
            assert outcome.failed == 1 and "F47" in outcome.message, outcome.output
    finally:
        machine.clear_faults()
    assert machine.writing_calls() == [] and kept(bare) == before
