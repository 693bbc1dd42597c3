# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry mirror beside the machine: a process of its own on the host's end of the cable."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from node import cache, registry

from metal.place import Place

_END_SECONDS = 10.0


class Mirror:
    """A registry that serves images to one machine; its store is the same for all."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve what the store has."""
        settings = {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(cache.folder() / "metal-registry")}},
            "http": {"addr": self._place.registry},
        }
        # JSON is YAML.
        path = self._place.folder / "registry.yaml"
        path.write_text(json.dumps(settings))
        # Debian calls it docker-registry, the upstream build registry.
        program = shutil.which("docker-registry") or "registry"
        with (self._place.folder / "registry.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig=KILL", program, "serve", path], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def take_in(self, images: Mapping[str, Path]) -> None:
        """Serve these too.

        Args:
            images: for each full reference the layout that carries it.
        """
        # What one machine's mirror takes in is there for every other one.
        with cache.locked("metal-registry"):
            registry.push(self._place.registry, images)

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_END_SECONDS)
            self._process = None
