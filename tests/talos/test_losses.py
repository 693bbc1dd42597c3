# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine that lost what it kept, in part: recovery names what is gone and begins nothing anew by itself."""

from __future__ import annotations

from ansible_collections.alga.appliance.tests.talos.talos_controller import CLUSTER, RealController


def test_etcd_that_was_wiped_is_never_a_fresh_start(up: RealController) -> None:
    before, machine = up.kept(), up.machine
    machine.cut_power()
    machine.lose_data()
    machine.switch_on()
    up.done("alga_talos_config", mode="recover")
    assert up.state() == "configured"
    predicted = up.done("alga_talos_bootstrap", "--check", mode="recover")
    assert predicted["changed"], predicted
    refused = up.refused("alga_talos_bootstrap", mode="recover")
    assert "orphaned" in refused["msg"] and "--recover-from" in refused["msg"], refused
    assert up.writing_requests() == [] and machine.etcd_files() == []
    up.done("alga_talos_bootstrap", mode="recover", confirm=CLUSTER)
    assert up.writing_requests() == ["Bootstrap"] and up.state() == "bootstrapped"
    assert up.kept() == before


def test_a_configuration_that_was_wiped_comes_back_and_etcd_with_it(up: RealController) -> None:
    before, machine = up.kept(), up.machine
    members = etcd_members(up)
    machine.cut_power()
    machine.lose_configuration()
    machine.switch_on()
    assert up.done("alga_talos_secrets")["decision"] == "keep"
    lost = up.refused("alga_talos_config", mode="recover")
    assert CLUSTER in lost["msg"] and machine.configuration() == b"", lost
    up.done("alga_talos_config", mode="recover", confirm=CLUSTER)
    assert up.done("alga_talos_bootstrap", mode="recover")["decision"] == "keep", "etcd's data were not lost"
    assert etcd_members(up) == members and up.kept() == before
    assert up.writing_requests() == ["ApplyConfiguration"]


def etcd_members(controller: RealController) -> str:
    """The members of etcd, each with the id that its data give it."""
    answer = controller.machine.ask("etcd", "members", talosconfig=controller.folder / "talosconfig")
    assert answer.returncode == 0, answer
    return answer.stdout
