# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One machine: switched on, cut off from power, thrown away."""

from __future__ import annotations

import shutil
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import images, kernel, versions
from ansible_collections.alga.appliance.tests.appliance.node import requirements as needs
from ansible_collections.alga.appliance.tests.appliance.talos_machine import container, mirror, network, requirements, rootfs
from ansible_collections.alga.appliance.tests.appliance.talos_machine.place import Place

# What runs in a machine beside an appliance.
IMAGES = Path(__file__).parent / "images"


def image_folders(version: str) -> list[Path]:
    """Where the images are described that a machine of a version of Talos needs, the appliance's own among them."""
    return [images.IMAGES, IMAGES, *own_image_folders(version)]


def own_image_folders(version: str) -> list[Path]:
    """Where those are described that only this version asks for, such as its etcd; the usual one has none."""
    own = IMAGES.with_name(f"images-{version.rpartition('.')[0]}")
    return [own] if own.is_dir() else []


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

    def steps(self) -> list[str]:
        """The steps that building it takes; none where everything is kept."""
        folders = image_folders(self.version)
        found = [*rootfs.steps(self.version), *(step for folder in folders for step in images.steps(folder))]
        return list(dict.fromkeys(found))

    def switch_on(self) -> None:
        """Start it on what it kept: with a configuration it boots, without one it waits in maintenance mode.

        Raises:
            NodeError: this host cannot run it; names everything that is missing.
        """
        folders = image_folders(self.version)
        building = needs.announce(self.steps())
        requirements.check(self.place, building=building)
        requirements.install(building=building)
        container.kill(self.place)
        self.place.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        kernel.remember()
        root = rootfs.build(self.version)
        space = network.connect(self.place)
        mirror.start(self.place, {name: layout for folder in folders for name, layout in images.build_all(folder).items()})
        container.start(self.place, root, space)

    def cut_power(self) -> None:
        """End all of it at once; what it wrote stays."""
        container.kill(self.place)

    def remove(self) -> None:
        """Leave no trace of it; nothing happens where there is none."""
        if not self.place.folder.exists():
            return
        container.kill(self.place)
        mirror.stop(self.place)
        network.disconnect(self.place)
        kernel.restore(self.place.folder)
        shutil.rmtree(self.place.folder)

    def wipe(self) -> None:
        """Take away what it kept, as somebody who puts another disk in: it is a bare machine when it is switched on."""
        container.kill(self.place)
        shutil.rmtree(self.place.volumes)

    def process(self) -> int:
        """The host's process id of its machined."""
        return container.process(self.place)

    def path(self, inside: str) -> Path:
        """Where the host sees a path below the machine's /var."""
        return self.place.volumes / inside.lstrip("/")
