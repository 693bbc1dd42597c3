# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a machine lives: its folder, its network, its names. Machines of different numbers never meet."""

from __future__ import annotations

import dataclasses
import ipaddress
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.talos_machine import place

API_PORT = 50000
_MACHINES = 8


@dataclasses.dataclass(frozen=True)
class Place(place.Place):
    """One machine's place.

    Attributes:
        folder: everything it keeps, its disks among it.
        number: from 0 to 7; its networks and names are made from it.
    """

    def __post_init__(self) -> None:
        if not 0 <= self.number < _MACHINES:
            raise ValueError(f"A machine's number is from 0 to {_MACHINES - 1}; this is {self.number}.")

    @property
    def name(self) -> str:
        """Its host name."""
        return f"metal-{self.number}"

    @property
    def interface(self) -> str:
        """The host's end of its cable, a tap."""
        return f"algametal{self.number}"

    @property
    def hardware_address(self) -> str:
        """The machine's own, the same after every boot."""
        return f"02:a1:9a:00:00:{self.number:02x}"

    @property
    def system_disk(self) -> Path:
        """The disk that Talos is installed on, /dev/ubda."""
        return self.folder / "system.img"

    @property
    def data_disk(self) -> Path:
        """The disk for data, /dev/ubdb."""
        return self.folder / "data.img"

    def _network(self, index: int) -> ipaddress.IPv4Network:
        return ipaddress.IPv4Network(f"10.244.{200 + self.number * 3 + index}.0/24")
