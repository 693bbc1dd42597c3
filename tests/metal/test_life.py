# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine from its first start to its last: each test goes on where the one before it ended."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.tests.appliance.metal import installer, newer_kubernetes, site
from ansible_collections.alga.appliance.tests.appliance.metal.machine import Machine
from ansible_collections.alga.appliance.tests.appliance.metal.owner import Owner
from ansible_collections.alga.appliance.tests.appliance.metal.table import Table

_BOOT_SECONDS = 600.0
_NODE_SECONDS = 900.0


def test_a_bare_machine_waits_in_maintenance_mode(owner: Owner, machine: Machine, table: Table) -> None:
    with table.step("a bare machine is switched on → it answers in maintenance mode"):
        machine.switch_on()
        owner.wait_for_maintenance(_BOOT_SECONDS)
    assert owner.insecure("get", "machineconfig").code != 0


def test_the_collection_installs_it_and_bootstraps_it(owner: Owner, machine: Machine, table: Table) -> None:
    boots = machine.boots
    with table.step("secrets, configuration, installation onto the disk, boot from it, bootstrap, kubeconfig (the collection)"):
        owner.bring_up("fresh")
    assert machine.boots == boots + 1
    with table.step("bootstrapped → its node is ready"):
        owner.wait_for_node(_NODE_SECONDS)


def test_the_same_again_changes_nothing(owner: Owner, table: Table) -> None:
    before = owner.boot_id()
    with table.step("the same play again: nothing is changed"):
        said = owner.bring_up("recover")
    assert "changed=0" in said and owner.boot_id() == before, said


def test_what_was_written_is_there_after_a_reboot(owner: Owner, table: Table) -> None:
    owner.mark("reboot")
    before = owner.boot_id()
    with table.step("talosctl reboot --wait"):
        owner.done(owner.talosctl("reboot", "--wait", "--timeout", "20m", seconds=1260))
    assert owner.boot_id() != before
    owner.wait_for_node(_NODE_SECONDS)
    assert owner.marks() == dict.fromkeys(("etcd", "volume", "directory"), "reboot")


def test_what_was_written_is_there_after_a_power_cut(owner: Owner, machine: Machine, table: Table) -> None:
    owner.mark("cut")
    before = owner.boot_id()
    machine.cut_power()
    with table.step("power cut, switched on → its node is ready"):
        machine.switch_on()
        owner.wait_for_another_boot(before, _BOOT_SECONDS)
        owner.wait_for_node(_NODE_SECONDS)
    assert owner.marks() == dict.fromkeys(("etcd", "volume", "directory"), "cut")


def test_an_upgrade_by_the_real_installer_and_back(owner: Owner, machine: Machine, table: Table, version: str) -> None:
    owner.mark("upgrade")
    slot = machine.console().count("names B with Talos")
    with table.step("talosctl upgrade to an installer of the same version → it boots from the other slot"):
        owner.done(owner.talosctl("upgrade", "--image", installer.name(version), "--wait", "--timeout", "20m", seconds=1260))
        owner.wait_for_node(_NODE_SECONDS)
    assert machine.console().count("names B with Talos") == slot + 1
    assert owner.marks() == dict.fromkeys(("etcd", "volume", "directory"), "upgrade")
    before = owner.boot_id()
    with table.step("talosctl rollback → it boots from the slot before"):
        owner.done(owner.talosctl("rollback"))
        owner.wait_for_another_boot(before, _BOOT_SECONDS)
        owner.wait_for_node(_NODE_SECONDS)
    assert machine.console().count("names B with Talos") == slot + 1
    assert owner.marks() == dict.fromkeys(("etcd", "volume", "directory"), "upgrade")


def test_upgrade_talos_goes_to_a_version_whose_etcd_makes_a_rollback_useless(
    owner: Owner, machine: Machine, table: Table, version: str, newer: str
) -> None:
    """A newer etcd changes its data, and the earlier one cannot read it: the only way from there is forward again."""
    owner.mark("newer")
    with table.step(f"upgrade_talos to {newer} → its node is ready"):
        owner.play("upgrade_talos", alga_talos_installer_image=installer.name(newer), alga_confirm=site.CLUSTER)
        owner.wait_for_node(_NODE_SECONDS)
    assert owner.version() == f"v{newer}"
    assert owner.marks() == dict.fromkeys(("etcd", "volume", "directory"), "newer")
    before = owner.boot_id()
    with table.step(f"talosctl rollback from {newer} → {version} boots, and its etcd refuses the data"):
        owner.done(owner.talosctl("rollback"))
        owner.wait_for_another_boot(before, _BOOT_SECONDS)
        owner.wait_for_etcd_to_say("is not supported", _BOOT_SECONDS)
    assert owner.version() == f"v{version}"
    assert owner.files() == dict.fromkeys(("volume", "directory"), "newer")
    before = owner.boot_id()
    with table.step(f"talosctl rollback again → {newer} boots, its node is ready"):
        owner.done(owner.talosctl("rollback"))
        owner.wait_for_another_boot(before, _BOOT_SECONDS)
        owner.wait_for_node(_NODE_SECONDS)
    assert owner.version() == f"v{newer}"
    assert owner.marks() == dict.fromkeys(("etcd", "volume", "directory"), "newer")
    owner.follow(newer)
    table.version = newer


def test_upgrade_kubernetes_goes_to_another_version(owner: Owner, machine: Machine, table: Table) -> None:
    owner.mark("kubernetes")
    wanted = newer_kubernetes.version()
    machine.serve(newer_kubernetes.build_all())
    with table.step(f"upgrade_kubernetes to {wanted}"):
        # A kubelet that a busy machine starts too slowly is "not healthy" for talosctl, which gives up at once.
        owner.play_again("upgrade_kubernetes", alga_talos_kubernetes_version=wanted, alga_confirm=site.CLUSTER)
    shown = owner.done(owner.kubectl("get", "nodes", "-o", "jsonpath={.items[*].status.nodeInfo.kubeletVersion}"))
    assert shown == f"v{wanted}"
    assert owner.marks() == dict.fromkeys(("etcd", "volume", "directory"), "kubernetes")


@pytest.mark.parametrize(
    ("label", "kept"),
    [("u-alga-data", {"etcd", "directory"}), ("EPHEMERAL", {"volume"}), ("EPHEMERAL,u-alga-data", set())],
)
def test_a_wipe_takes_what_the_table_says(owner: Owner, table: Table, label: str, kept: set[str]) -> None:
    owner.mark(label)
    with table.step(f"reset_talos of {label} → it has booted"):
        owner.play("reset_talos", alga_talos_wipe=label.split(","), alga_confirm=owner.confirmation)
    if "etcd" not in kept:
        assert owner.files() == dict.fromkeys(kept, label)
        refused = owner.try_to_bring_up("recover")
        assert refused.code != 0 and "alga_confirm" in refused.text, refused.text
    with table.step(f"reset_talos of {label} → recover, its node is ready"):
        owner.bring_up("recover", alga_confirm="workshop")
        owner.wait_for_node(_NODE_SECONDS)
    assert owner.marks() == dict.fromkeys(kept, label)


def test_a_machine_that_lost_state_looks_new_and_is_not(owner: Owner, table: Table) -> None:
    owner.mark("STATE")
    with table.step("reset_talos of STATE → maintenance mode"):
        owner.play("reset_talos", alga_talos_wipe=["STATE"], alga_confirm=owner.confirmation)
    owner.wait_for_maintenance(_BOOT_SECONDS)
    refused = owner.try_to_bring_up("fresh")
    assert refused.code != 0 and "earlier installation" in refused.text, refused.text
    with table.step("reset_talos of STATE → recover, its node is ready"):
        owner.bring_up("recover", alga_confirm="workshop")
        owner.wait_for_node(_NODE_SECONDS)
    assert owner.marks() == dict.fromkeys(("etcd", "volume", "directory"), "STATE")


def test_a_machine_that_lost_everything_is_bare_again(owner: Owner, table: Table) -> None:
    with table.step("talosctl reset of all system partitions, with a reboot → maintenance mode"):
        owner.done(owner.talosctl("reset", "--graceful=false", "--reboot", "--wait=false"))
        owner.wait_for_maintenance(_BOOT_SECONDS)
    volumes = owner.done(owner.insecure("get", "discoveredvolumes"))
    assert "EPHEMERAL" not in volumes and "u-alga-data" in volumes, volumes
