# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One machine: switched on, cut off from power, thrown away."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from node import images, versions

from talos_machine import container, mirror, network, rootfs
from talos_machine.place import Place


class Machine:
    """A machine that runs Talos.

    Args:
        place: where it lives.
        version: of Talos, for a machine that is switched on the first time.
    """

    def __init__(self, place: Place, version: str = versions.TALOS) -> None:
        self.place = place
        self.version = version

    @property
    def address(self) -> str:
        """Its address; its API is on Talos's own port."""
        return self.place.address

    def switch_on(self) -> None:
        """Start it on what it kept: with a configuration it boots, without one it waits in maintenance mode."""
        container.kill(self.place)
        self.place.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        root = rootfs.build(self.version)
        space = network.connect(self.place)
        mirror.start(self.place, images.build_all())
        container.start(self.place, root, space)

    def cut_power(self) -> None:
        """End all of it at once; what it wrote stays."""
        container.kill(self.place)

    def remove(self) -> None:
        """Leave no trace of it."""
        container.kill(self.place)
        mirror.stop(self.place)
        network.disconnect(self.place)
        shutil.rmtree(self.place.folder, ignore_errors=False)

    def wipe(self) -> None:
        """Take away what it kept, as somebody who puts another disk in: it is a bare machine when it is switched on."""
        container.kill(self.place)
        shutil.rmtree(self.place.volumes)

    def path(self, inside: str) -> Path:
        """Where the host sees a path below the machine's /var."""
        return self.place.volumes / inside.lstrip("/")


def patches(place: Place) -> list[Mapping[str, Any]]:
    """What a machine in a container needs beside what an operator gives: its mirror, its networks, and no disks.

    The mirror and the networks are what an operator with a registry and a network plan of their own would write as well.
    """
    mirrors = {name: {"endpoints": [f"http://{place.registry}"]} for name in ("docker.io", "ghcr.io", "registry.k8s.io")}
    # On version 1 of cgroups, and with limits that a container cannot set.
    kubelet = {"extraConfig": {"failCgroupV1": False, "localStorageCapacityIsolation": False, "enforceNodeAllocatable": []}}
    network = {"cni": {"name": "none"}, "podSubnets": [str(place.pods)], "serviceSubnets": [str(place.services)]}
    return [
        {"machine": {"registries": {"mirrors": mirrors}, "kubelet": kubelet}},
        {"cluster": {"network": network, "discovery": {"enabled": False}}},
    ]
