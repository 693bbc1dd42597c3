# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real machine as the tests use it: bare again within seconds, cut off from power, and asked for what it logged."""

from __future__ import annotations

import functools
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.alga.appliance.tests.appliance.node import programs, versions
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.appliance.talos_machine import site
from ansible_collections.alga.appliance.tests.appliance.talos_machine.machine import Machine
from ansible_collections.alga.appliance.tests.appliance.talos_machine.place import Place, from_environment, numbered

PORT = 50000
_SWITCH_ON_SECONDS = 60.0
# `talosctl health` waits by itself, on a busy host for minutes.
_ASK_SECONDS = 330.0
# No mirror has its images: etcd comes up and Kubernetes never does, which spares a test that needs none half a minute.
WITHOUT_KUBERNETES = "1.36.0"


@functools.cache
def client(version: str = versions.TALOS) -> Path:
    """The real talosctl of a version of Talos; built when it is not kept."""
    return programs.kept(programs.talos(version)["talosctl"])


def place(index: int = 0) -> Place:
    """Where a machine of the tests lives; several of one run are counted from the number in the environment."""
    return numbered(from_environment().number + index)


class RealMachine:
    """A Talos machine in a container, which a test may do anything to.

    Args:
        where: its place.
        version: of Talos.
    """

    def __init__(self, where: Place, version: str = versions.TALOS) -> None:
        self.place = where
        self.version = version
        self._machine = Machine(where, version)

    @property
    def address(self) -> str:
        """Its address; the API is on Talos's own port."""
        return self._machine.address

    def patches(self) -> list[Mapping[str, Any]]:
        """What its configuration needs beside what an operator gives."""
        return site.patches(self.place, self.version)

    def make_bare(self) -> None:
        """Switch it on with nothing on its disks, and wait for maintenance mode."""
        if self.place.volumes.exists():
            self._machine.wipe()
        self.switch_on()
        wait_for(f"maintenance mode of {self.place.name}", self._not_in_maintenance, seconds=_SWITCH_ON_SECONDS, interval=0.1)

    def switch_on(self) -> None:
        """Start it on what it kept, and wait until its API takes connections."""
        self._machine.switch_on()
        wait_for(f"the API of {self.place.name}", self._takes_no_connection, seconds=_SWITCH_ON_SECONDS, interval=0.1)

    def cut_power(self) -> None:
        """End it at once; what it wrote stays."""
        self._machine.cut_power()

    def started(self) -> int:
        """Which start of it this is: another number after each."""
        return self._machine.process()

    def lose_configuration(self) -> None:
        """Wipe the partition STATE of a machine without power."""
        shutil.rmtree(self.place.volumes / "system-state")

    def lose_data(self) -> None:
        """Wipe the partition EPHEMERAL of a machine without power."""
        shutil.rmtree(self.place.volumes / "var")

    def remove(self) -> None:
        """Leave no trace of it."""
        self._machine.remove()

    def seen(self, path: str) -> Path:
        """Where the host sees a path of the machine below its /var."""
        return self._machine.path(path)

    def etcd_files(self) -> list[str]:
        """What lies in etcd's data directory, seen from the host."""
        folder = self._machine.path("/var/lib/etcd")
        return sorted(file.name for file in folder.iterdir()) if folder.exists() else []

    def configuration(self) -> bytes:
        """The configuration on its disk, seen from the host; empty where there is none."""
        file = self.place.volumes / "system-state" / "config.yaml"
        return file.read_bytes() if file.exists() else b""

    def ask(self, *words: str, talosconfig: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Ask it something with the client of its own version; without a talosconfig as a stranger does."""
        opened = ["--talosconfig", str(talosconfig), "--endpoints", self.address] if talosconfig else ["--insecure"]
        argv = [str(client(self.version)), *words, *opened, "--nodes", self.address]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.place.folder)}
        return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=_ASK_SECONDS, env=environment)

    def _takes_no_connection(self) -> str | None:
        try:
            socket.create_connection((self.address, PORT), timeout=1).close()
        except OSError as error:
            return str(error)
        return None

    def _not_in_maintenance(self) -> str | None:
        answer = self.ask("get", "machinestatus", "--output", "json")
        if answer.returncode:
            return answer.stderr.strip()
        stage = str(json.loads(answer.stdout)["spec"]["stage"])
        return None if stage == "maintenance" else stage
