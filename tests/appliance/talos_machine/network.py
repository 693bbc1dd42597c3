# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine's network: a namespace, one cable to the host, routes to its pods and Services."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node.commands import run
from ansible_collections.alga.appliance.tests.appliance.talos_machine.place import Place

_NAMESPACES = Path("/run/netns")


def connect(place: Place) -> Path:
    """Make the machine's network anew and return its namespace."""
    disconnect(place)
    run(["ip", "netns", "add", place.name])
    peer = ["type", "veth", "peer", "name", "eth0", "netns", place.name]
    run(["ip", "link", "add", place.interface, *peer])
    run(["ip", "address", "add", f"{place.host}/{place.cable.prefixlen}", "dev", place.interface])
    run(["ip", "link", "set", place.interface, "up"])
    inside = ["ip", "-n", place.name]
    run([*inside, "address", "add", f"{place.address}/{place.cable.prefixlen}", "dev", "eth0"])
    run([*inside, "link", "set", "lo", "up"])
    run([*inside, "link", "set", "eth0", "up"])
    run([*inside, "route", "add", "default", "via", place.host])
    for network in (place.pods, place.services):
        run(["ip", "route", "replace", str(network), "via", place.address, "dev", place.interface, "onlink"])
    return _NAMESPACES / place.name


def disconnect(place: Place) -> None:
    """Remove the machine's network, if it is there."""
    if Path("/sys/class/net", place.interface).exists():
        run(["ip", "link", "delete", place.interface])
    if (_NAMESPACES / place.name).exists():
        run(["ip", "netns", "delete", place.name])
