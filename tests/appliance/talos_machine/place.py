# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a machine lives: its folder, its networks, its names. Machines with different numbers never meet."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError

# 10.245.0.0/16 has room for machines with four networks each.
_NETWORKS = 4
MACHINES = 256 // _NETWORKS
REGISTRY_PORT = 5000


@dataclasses.dataclass(frozen=True)
class Place:
    """One machine's place.

    Attributes:
        folder: everything it keeps; removed with the machine.
        number: from 0 to 63; its networks and names are made from it.
    """

    folder: Path
    number: int = 0

    @property
    def name(self) -> str:
        """Its host name, and the name of its container, network namespace and cgroup."""
        return f"alga-talos-{self.number}"

    @property
    def interface(self) -> str:
        """The host's end of the cable."""
        return f"algatalos{self.number}"

    @property
    def cable(self) -> ipaddress.IPv4Network:
        """The network between the host and the machine."""
        return self._network(0)

    @property
    def pods(self) -> ipaddress.IPv4Network:
        """The network of pods."""
        return self._network(1)

    @property
    def services(self) -> ipaddress.IPv4Network:
        """The network of Services."""
        return self._network(2)

    @property
    def host(self) -> str:
        """The host's address on the cable."""
        return str(self.cable[1])

    @property
    def address(self) -> str:
        """The machine's address."""
        return str(self.cable[2])

    @property
    def registry(self) -> str:
        """The registry mirror as HOST:PORT."""
        return f"{self.host}:{REGISTRY_PORT}"

    @property
    def volumes(self) -> Path:
        """What the machine keeps over a power cut."""
        return self.folder / "volumes"

    @property
    def log(self) -> Path:
        """The machine's console."""
        return self.folder / "console.log"

    def _network(self, index: int) -> ipaddress.IPv4Network:
        return ipaddress.IPv4Network(f"10.245.{self.number * _NETWORKS + index}.0/24")


def numbered(number: int) -> Place:
    """The place of a number in the usual folder."""
    return Place(Path(f"/var/lib/alga-talos-{number}"), number)


def from_environment(environment: Mapping[str, str] | None = None) -> Place:
    """The place that ALGA_TALOS_NUMBER gives; 0 where it is not set, so that two checkouts can have a machine each.

    Raises:
        NodeError: it is no number of a machine.
    """
    text = (os.environ if environment is None else environment).get("ALGA_TALOS_NUMBER", "").strip() or "0"
    if not text.isascii() or not text.isdigit() or int(text) >= MACHINES:
        raise NodeError(f"ALGA_TALOS_NUMBER={text}: must be a number from 0 to {MACHINES - 1}.")
    return numbered(int(text))
