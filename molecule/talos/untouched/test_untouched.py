# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of the first run was shown, and nothing of it was done."""

from __future__ import annotations

from machine import HERE
from machine_facts import Machine
from testinfra.host import Host


def test_the_machine_was_not_changed(machine: Machine) -> None:
    assert machine.is_bare()


def test_there_is_nothing_on_the_controller(host: Host) -> None:
    assert not host.file(str(HERE / "talos")).exists and not host.file(str(HERE / "kubeconfig")).exists
