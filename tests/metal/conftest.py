# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One machine with disks for all tests, which follow its life in order; whoever owns it sits beside it with the collection."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.metal import images, installer, requirements, root
from ansible_collections.alga.appliance.tests.appliance.metal.machine import Machine
from ansible_collections.alga.appliance.tests.appliance.metal.owner import Owner
from ansible_collections.alga.appliance.tests.appliance.metal.place import Place
from ansible_collections.alga.appliance.tests.appliance.metal.table import Table
from ansible_collections.alga.appliance.tests.appliance.node import versions
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError

_NUMBER = int(os.environ.get("ALGA_METAL_NUMBER", "0"))
# One minor version further, as far as upgrade_talos goes at once; it is built only where it is asked for.
_NEWER = os.environ.get("ALGA_METAL_NEWER", "")
# The version that the machine begins with; the usual one where none is named.
_VERSION = os.environ.get("ALGA_METAL_VERSION") or versions.TALOS
# Seconds and lines of what was seen, for docs/talos.md.
_SEEN = Path(__file__).parents[2] / ".build/metal/seen.md"


def pytest_configure() -> None:
    """Leave no machine behind when the tests are ended from outside."""
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, _frame: object) -> None:
    pytest.exit(f"ended by signal {number}", returncode=128 + number)


@pytest.fixture(scope="session")
def version() -> str:
    """The version of Talos that the machine begins with."""
    return _VERSION


@pytest.fixture(scope="session")
def table(version: str) -> Table:
    """What was seen."""
    return Table(version, _SEEN)


@pytest.fixture(scope="session")
def place() -> Iterator[Place]:
    """Where the machine lives; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="alga-metal-") as folder:
        yield Place(Path(folder) / "machine", _NUMBER)


@pytest.fixture(scope="session")
def machine(place: Place, version: str) -> Iterator[Machine]:
    """A machine that was never switched on."""
    try:
        requirements.check(place)
    except NodeError as error:
        pytest.exit(str(error), returncode=2)
    served = {**images.build_all(), installer.name(version): installer.build(version)}
    made = Machine(place, root.build(version))
    try:
        made.plug_in()
        made.serve(served)
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="session")
def newer(machine: Machine) -> str:
    """A newer version of Talos, whose installer the registry has."""
    if not _NEWER:
        pytest.skip("no newer version of Talos was named (make metal NEWER=1.14.1)")
    machine.serve({**images.build_own(_NEWER), installer.name(_NEWER): installer.build(_NEWER)})
    return _NEWER


@pytest.fixture(scope="session")
def owner(machine: Machine, version: str, tmp_path_factory: pytest.TempPathFactory) -> Owner:
    """Whoever brings the machine up with the collection, and asks it with talosctl and kubectl."""
    return Owner(tmp_path_factory.mktemp("owner"), machine, version)
