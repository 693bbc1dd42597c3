# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_talos_state: what a machine that runs Talos is ready for."""

from __future__ import annotations

from ..._core.results import build
from ..._core.states import TalosState
from ..._core.talos import talos
from .._context import Result, Run, UseCase
from .talos_site import Site, TalosMachine


def perform(options: TalosMachine, run: Run) -> Result:
    """Look; nothing is changed."""
    site = Site(options, run)
    machine = site.observe()
    message, next_action = talos.describe(site.node, str(site.folder), machine)
    return build(
        state=talos.classify(machine).value,
        decision="look",
        message=message,
        next_action=next_action,
        evidence={
            "door": machine.door.value,
            "stage": machine.stage,
            "version": machine.version,
            "unmet": dict(machine.unmet),
            "services": {name: {"running": runs, "healthy": healthy} for name, (runs, healthy) in machine.services.items()},
        },
    )


USE_CASE = UseCase("alga_talos_state", TalosMachine, perform, states=TalosState)
