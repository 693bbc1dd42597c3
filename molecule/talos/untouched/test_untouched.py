# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of the first run was shown, and nothing of it was done."""

from __future__ import annotations

from testinfra.host import Host

from ansible_collections.alga.appliance.molecule.talos.machine import HERE
from ansible_collections.alga.appliance.molecule.talos.machine_facts import Machine


def test_the_machine_was_not_changed(machine: Machine) -> None:
    assert machine.is_bare()


def test_there_is_nothing_on_the_controller(host: Host) -> None:
    assert not host.file(str(HERE / "talos")).exists and not host.file(str(HERE / "kubeconfig")).exists
