# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real talosctl, as the tests call it."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.appliance.node.talos import Simulator
from ansible_collections.alga.appliance.tests.talos.real_machine import client
from ansible_collections.alga.appliance.tests.talos.talos_controller import Target

_COMMAND_SECONDS = 60.0
_BOOT_SECONDS = 20.0


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    stdout: str
    stderr: str


class Client:
    """One cluster's administrator, with a folder for its secrets and configurations.

    Args:
        folder: for everything he keeps.
        machine: his machine, which talosctl reaches by its address.
    """

    def __init__(self, folder: Path, machine: Target) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.address = machine.address

    def generate(self, *options: str) -> None:
        """Make secrets once, and with them controlplane.yaml, worker.yaml and talosconfig.

        Args:
            options: further ones of gen config.
        """
        self.local("gen", "secrets", "-o", "secrets.yaml")
        self.local("gen", "config", "simulated", "https://127.0.0.1:6443", "--with-secrets", "secrets.yaml",
                   "--install-disk", "/dev/vda", *options)  # fmt: skip

    def local(self, *words: str) -> str:
        """A command that asks no machine and must succeed; its stdout."""
        answer = self._run(*words)
        assert answer.code == 0, answer
        return answer.stdout

    def insecure(self, *words: str) -> Answer:
        """A command as before a machine has its configuration."""
        return self._run(*words, "--insecure", "--nodes", self.address)

    def secure(self, *words: str, talosconfig: str = "talosconfig") -> Answer:
        """A command with a client certificate."""
        return self._run(*words, "--talosconfig", talosconfig, "--nodes", self.address, "--endpoints", self.address)

    def _run(self, *words: str) -> Answer:
        # The person's own configuration has no part in this.
        environment = {"HOME": str(self.folder), "PATH": os.environ["PATH"]}
        done = subprocess.run(
            [client(), *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)


class SimulatedClient(Client):
    """The administrator of a simulated machine, which itself says what stage it is in."""

    def __init__(self, folder: Path, machine: Simulator) -> None:
        super().__init__(folder, machine)
        self.machine = machine

    def configure(self) -> None:
        """Bring the machine from maintenance mode to a running configuration."""
        applied = self.insecure("apply-config", "--file", "controlplane.yaml")
        assert applied.code == 0, applied
        self.wait_for_stage("running")

    def bootstrap(self) -> None:
        """Configure the machine and bootstrap etcd."""
        self.configure()
        answer = self.secure("bootstrap")
        assert answer.code == 0, answer

    def wait_for_stage(self, wanted: str) -> None:
        """Wait until the machine itself says that it is there."""

        def seen() -> str | None:
            stage = str(self.machine.look()["stage"])
            return None if stage == wanted else stage

        wait_for(f"the stage {wanted}", seen, seconds=_BOOT_SECONDS, interval=0.05)
