# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cable between host and machine: a tap with the host's address, and nothing that leads further."""

from __future__ import annotations

import json

from ansible_collections.alga.appliance.tests.appliance.metal.place import Place
from ansible_collections.alga.appliance.tests.appliance.node.commands import run


def connect(place: Place) -> None:
    """Make the host's end of the cable, if it is not there."""
    if _exists(place):
        return
    run(["ip", "tuntap", "add", "dev", place.interface, "mode", "tap"])
    run(["ip", "address", "add", f"{place.host}/{place.cable.prefixlen}", "dev", place.interface])
    run(["ip", "link", "set", place.interface, "up"])


def disconnect(place: Place) -> None:
    """Take the host's end away, if it is there."""
    if _exists(place):
        # A tap that a kernel still holds for a moment is "busy" for ip tuntap, and not for this.
        run(["ip", "link", "delete", "dev", place.interface])


def _exists(place: Place) -> bool:
    links = json.loads(run(["ip", "-json", "link", "show"]))
    return any(link["ifname"] == place.interface for link in links)
