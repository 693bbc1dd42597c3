# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens on one machine that has a configuration: to its secrets, to those of others, to what its configuration says."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.alga.appliance.tests.talos.real_machine import RealMachine
from ansible_collections.alga.appliance.tests.talos.talos_controller import CLUSTER, STEPS, RealController

PATCH = {"machine": {"sysctls": {"vm.swappiness": "7"}}}
# What Talos takes only with a boot.
BOOT = {"machine": {"env": {"GRPC_GO_LOG_SEVERITY_LEVEL": "info"}}}


@pytest.fixture(scope="module")
def escrow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where the encrypted copy of the secrets is, and what opens it."""
    folder = tmp_path_factory.mktemp("escrow")
    (folder / "password").write_text("correct horse")
    return {"file": str(folder / "copy"), "vault_password_file": str(folder / "password")}


@pytest.fixture(scope="module")
def owner(only_machine: RealMachine, tmp_path_factory: pytest.TempPathFactory, escrow: dict[str, str]) -> RealController:
    """Somebody whose machine has its configuration, and whose secrets have an encrypted copy."""
    only_machine.make_bare()
    controller = RealController(tmp_path_factory.mktemp("owner"), only_machine)
    controller.done("alga_talos_secrets", escrow=escrow)
    controller.done("alga_talos_config")
    return controller


@pytest.fixture
def heir(owner: RealController, tmp_path: Path) -> RealController:
    """Somebody who has a copy of everything, and may lose it."""
    owner.forget_requests()
    controller = RealController(tmp_path, owner.machine)
    shutil.copytree(owner.folder, controller.folder)
    return controller


@pytest.fixture
def stranger(owner: RealController, tmp_path: Path) -> RealController:
    """Somebody who takes the machine for his own, and has no secrets yet."""
    owner.forget_requests()
    return RealController(tmp_path, owner.machine)


def test_secrets_are_never_made_for_a_machine_that_has_others_f47(owner: RealController, stranger: RealController) -> None:
    assert stranger.state() == "configured_with_other_pki"
    refused = stranger.refused("alga_talos_secrets")
    assert "would lock everybody out" in refused["msg"] and not stranger.folder.exists()
    assert owner.writing_requests() == []


def test_secrets_of_another_cluster_open_nothing_and_are_kept(owner: RealController, stranger: RealController) -> None:
    # Secrets as they are made for a bare machine, which this one is not.
    stranger.folder.mkdir(parents=True)
    stranger.client("gen", "secrets", "--output-file", "secrets.yaml")
    before = stranger.kept()
    further: dict[str, dict[str, Any]] = {
        "alga_talos_kubeconfig": {},
        "alga_talos_reset": {"cluster": CLUSTER, "labels": ["EPHEMERAL"], "confirm": f"{CLUSTER}/{stranger.node}"},
        "alga_talos_support": {"file": str(stranger.kubeconfig)},
        **{module: {} for module in STEPS[1:]},
    }
    for module, options in further.items():
        refused = stranger.refused(module, **options)
        assert "never created again" in refused["msg"] and refused["evidence"]["state"] == "configured_with_other_pki", refused
    assert "would lock everybody out" in stranger.refused("alga_talos_secrets")["msg"]
    assert stranger.kept() == before and not stranger.kubeconfig.exists()
    assert owner.writing_requests() == []


def test_lost_secrets_come_back_from_the_encrypted_copy_alone(heir: RealController, escrow: dict[str, str]) -> None:
    before = heir.kept()
    (heir.folder / "secrets.yaml").unlink()
    lost = heir.refused("alga_talos_secrets")
    assert "would lock everybody out" in lost["msg"] and not (heir.folder / "secrets.yaml").exists(), lost
    restored = heir.done("alga_talos_secrets", escrow=escrow)
    assert restored["decision"] == "restore"
    assert heir.kept() == before
    assert heir.done("alga_talos_secrets", escrow=escrow)["changed"] is False


def test_a_partial_bundle_is_refused_with_what_it_lacks(heir: RealController) -> None:
    file = heir.folder / "secrets.yaml"
    bundle = yaml.safe_load(file.read_text())
    del bundle["certs"]["etcd"]
    file.write_text(yaml.safe_dump(bundle))
    refused = heir.refused("alga_talos_secrets")
    assert "certs.etcd.key" in refused["msg"], refused


def test_a_client_certificate_that_was_lost_is_made_anew(heir: RealController) -> None:
    (heir.folder / "talosconfig").unlink()
    assert heir.done("alga_talos_secrets")["changed"]
    assert heir.state() == "configured"


@pytest.mark.parametrize("mode", ["no-reboot", "staged"])
def test_what_needs_a_boot_is_refused_or_staged(owner: RealController, mode: str) -> None:
    owner.forget_requests()
    options: dict[str, Any] = {"patches": [*owner.patches, BOOT], "apply_mode": mode, "mode": "recover"}
    running = owner.machine.configuration()
    predicted = owner.done("alga_talos_config", "--check", "--diff", **options)
    assert predicted["evidence"]["reboot_required"] and predicted["changed"], predicted
    assert owner.writing_requests() == []
    if mode == "no-reboot":
        refused = owner.refused("alga_talos_config", **options)
        assert "alga_talos_apply_mode" in refused["msg"] and owner.writing_requests() == [], refused
        assert owner.machine.configuration() == running
        return
    owner.done("alga_talos_config", **options)
    assert owner.writing_requests() == ["ApplyConfiguration"]
    assert b"GRPC_GO_LOG_SEVERITY_LEVEL" in owner.machine.configuration(), "it waits on the disk"
    assert owner.done("alga_talos_config", "--check", **options)["changed"], "it is not in force yet"
    owner.machine.cut_power()
    owner.machine.switch_on()
    assert owner.done("alga_talos_config", **options)["changed"] is False, "it came with the next boot"


def test_what_needs_no_boot_comes_into_force_at_once(owner: RealController) -> None:
    owner.forget_requests()
    options: dict[str, Any] = {"patches": [*owner.patches, BOOT, PATCH], "mode": "recover"}
    shown = owner.done("alga_talos_config", "--diff", **options)
    assert shown["changed"] and "v1alpha1.machine.sysctls.vm.swappiness: (absent) -> '7'" in shown["diff"]["after"], shown
    assert owner.writing_requests() == ["ApplyConfiguration"]
    assert owner.done("alga_talos_config", **options)["changed"] is False


def test_a_configuration_that_talos_refuses_is_never_applied(owner: RealController) -> None:
    owner.forget_requests()
    for patch, said in (
        ({"machine": {"nonsense": True}}, "nonsense"),
        ({"cluster": {"network": {"cni": {"name": "nonsense", "urls": []}}}}, "cni name"),
    ):
        refused = owner.refused("alga_talos_config", patches=[*owner.patches, patch], mode="recover")
        assert said in refused["msg"] and "Nothing was changed" in refused["msg"], refused
    assert owner.writing_requests() == []
