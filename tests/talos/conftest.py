# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated machine, and the real talosctl beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from node.talos import Simulator
from talos_controller import Controller
from talosctl import Client


@pytest.fixture
def boot_seconds() -> float:
    """How long the machine takes to boot."""
    return 0.5


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    """What the machine answers as its kubeconfig."""
    path = tmp_path / "kubeconfig"
    path.write_text("apiVersion: v1\nkind: Config\ncurrent-context: simulated\n")
    return path


@pytest.fixture
def machine(tmp_path: Path, kubeconfig: Path, boot_seconds: float) -> Iterator[Simulator]:
    """A machine without a configuration; bootstraps and wipes leave a line in a file."""
    with Simulator(
        tmp_path / "disk",
        kubeconfig=kubeconfig,
        on_bootstrap=f"echo bootstrapped >> {tmp_path / 'hooks'}",
        on_wipe=f'echo "wiped $ALGA_TALOS_WIPED" >> {tmp_path / "hooks"}',
        boot_seconds=boot_seconds,
    ) as started:
        yield started


@pytest.fixture
def client(tmp_path: Path, machine: Simulator) -> Client:
    """The client in a folder of its own, with a cluster's secrets and configurations."""
    made = Client(tmp_path / "client", machine)
    made.generate()
    return made


@pytest.fixture
def configured(client: Client) -> None:
    """Let the machine run the cluster's configuration, without etcd."""
    client.configure()


@pytest.fixture
def controller(tmp_path: Path, machine: Simulator) -> Controller:
    """Somebody who has a bare machine."""
    return Controller(tmp_path, machine)


@pytest.fixture
def up(controller: Controller) -> Controller:
    """A machine that the collection brought up."""
    controller.up()
    controller.machine.forget_calls()
    return controller
