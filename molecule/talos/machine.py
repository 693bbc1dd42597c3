# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Switch the scenario's machine on, bare, or throw it away."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.talos_machine.site import variables
from ansible_collections.alga.appliance.tests.talos.real_machine import RealMachine, place

HERE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
# What the inventory reads: what describes this machine to the collection.
VARIABLES = HERE / "variables.json"
# Beside the machines of other steps, which may run at the same time.
NUMBER = 17


def the_machine() -> RealMachine:
    """The scenario's machine, whether it runs or not."""
    return RealMachine(place(NUMBER))


def on() -> None:
    """Start it in maintenance mode, and write down what describes it."""
    machine = the_machine()
    machine.make_bare()
    VARIABLES.write_text(json.dumps(variables(machine.place, HERE)))


def off() -> None:
    """Leave no trace of it, nor of what opened it."""
    the_machine().remove()
    shutil.rmtree(HERE / "talos", ignore_errors=True)
    for file in (VARIABLES, HERE / "kubeconfig"):
        file.unlink(missing_ok=True)


if __name__ == "__main__":
    {"on": on, "off": off}[sys.argv[1]]()
