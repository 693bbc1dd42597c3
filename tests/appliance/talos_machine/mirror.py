# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry mirror beside a machine: one process on the host's end of the cable, one store for all machines of a kind."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import cache, processes, registry
from ansible_collections.alga.appliance.tests.appliance.talos_machine.place import Place


def start(place: Place, images: Mapping[str, Path], store: str = "registry") -> None:
    """Serve images; a mirror that already runs takes in what is new.

    Args:
        place: the machine's.
        images: for each full reference the layout that carries it.
        store: the name of the store; two machines that give one name different images need two.
    """
    if not _runs(place):
        settings = {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(cache.folder() / store)}},
            "http": {"addr": place.registry},
        }
        # JSON is YAML.
        (place.folder / "registry.yaml").write_text(json.dumps(settings))
        with (place.folder / "registry.log").open("ab") as log:
            child = subprocess.Popen(
                [_program(), "serve", str(place.folder / "registry.yaml")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/",
            )  # fmt: skip
        _pid(place).write_text(f"{child.pid} {processes.started(child.pid)}")
    # What one machine's mirror takes in is there for every other one.
    with cache.locked(store):
        registry.push(place.registry, images)


def stop(place: Place) -> None:
    """End the mirror, if it runs."""
    if _runs(place):
        processes.kill([_known(place)[0]], signal.SIGTERM)
    _pid(place).unlink(missing_ok=True)


def _program() -> str:
    # Debian calls it docker-registry, the upstream build registry.
    return shutil.which("docker-registry") or "registry"


def _runs(place: Place) -> bool:
    """Whether the process that was started here runs; another one of the same id began at another time."""
    pid, began = _known(place)
    return pid > 0 and not processes.has_ended(pid) and processes.started(pid) == began


def _known(place: Place) -> tuple[int, str]:
    try:
        pid, _, began = _pid(place).read_text().partition(" ")
    except FileNotFoundError:
        return 0, ""
    return int(pid), began


def _pid(place: Place) -> Path:
    return place.folder / "registry.pid"
