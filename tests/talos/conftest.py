# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real machine for each test, and somebody who uses the collection on it; a simulated one for what no container does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node.talos import Simulator
from ansible_collections.alga.appliance.tests.talos.real_machine import RealMachine, place
from ansible_collections.alga.appliance.tests.talos.talos_controller import RealController, SimulatedController
from ansible_collections.alga.appliance.tests.talos.talosctl import SimulatedClient


@pytest.fixture(scope="session")
def only_machine() -> Iterator[RealMachine]:
    """The machine that most tests use, one after the other."""
    machine = RealMachine(place())
    yield machine
    machine.remove()


@pytest.fixture
def machine(only_machine: RealMachine) -> RealMachine:
    """A bare machine in maintenance mode."""
    only_machine.make_bare()
    return only_machine


@pytest.fixture
def controller(tmp_path: Path, machine: RealMachine) -> RealController:
    """Somebody who has a bare machine."""
    return RealController(tmp_path, machine)


@pytest.fixture
def configured(controller: RealController) -> RealController:
    """A machine that has its configuration, and no etcd."""
    controller.done("alga_talos_secrets")
    controller.done("alga_talos_config")
    controller.forget_requests()
    return controller


@pytest.fixture
def up(configured: RealController) -> RealController:
    """A machine whose etcd runs, and whose Kubernetes does not."""
    configured.done("alga_talos_bootstrap")
    configured.forget_requests()
    return configured


@pytest.fixture
def boot_seconds() -> float:
    """How long a simulated machine takes to boot."""
    return 0.5


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    """What a simulated machine answers as its kubeconfig."""
    path = tmp_path / "kubeconfig"
    path.write_text("apiVersion: v1\nkind: Config\ncurrent-context: simulated\n")
    return path


@pytest.fixture
def simulator(tmp_path: Path, kubeconfig: Path, boot_seconds: float) -> Iterator[Simulator]:
    """A simulated machine without a configuration."""
    with Simulator(tmp_path / "disk", kubeconfig=kubeconfig, boot_seconds=boot_seconds) as started:
        yield started


@pytest.fixture
def client(tmp_path: Path, simulator: Simulator) -> SimulatedClient:
    """The real talosctl in a folder of its own, with a cluster's secrets and configurations, for a simulated machine."""
    made = SimulatedClient(tmp_path / "client", simulator)
    made.generate()
    return made


@pytest.fixture
def simulated(tmp_path: Path, simulator: Simulator) -> SimulatedController:
    """Somebody who has a simulated machine."""
    return SimulatedController(tmp_path, simulator)
