# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real machine for each test, and somebody who uses the collection on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from real_machine import RealMachine, place
from talos_controller import RealController


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
