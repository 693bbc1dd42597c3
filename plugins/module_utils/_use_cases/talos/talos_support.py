# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_talos_support: what describes a machine, in a file for people whom the operator chose and for nobody else."""

from __future__ import annotations

from dataclasses import dataclass

from ..._adapters import private_file
from ..._core import names
from ..._core.results import build
from ..._core.states import TalosState
from ..._core.talos import talos
from ..._core.talos.talos import Door
from .._context import Result, Run, UseCase
from ..support.support_file import SupportFile, Written
from .talos_site import Site, TalosMachine


@dataclass(frozen=True)
class Options(Written, TalosMachine):
    """The machine, and the file."""


def perform(options: Options, run: Run) -> Result:
    """Gather, encrypt, and put the file into its place whole."""
    site = Site(options, run)
    file = SupportFile(options, names.TALOS_SUPPORT_FILE_OPTION, names.TALOS_SUPPORT_RECIPIENTS_OPTION)
    file.check()
    machine = site.observe()
    if machine.door is not Door.OURS:
        raise site.refused(machine)
    if not run.check_mode:
        with private_file.folder() as folder:
            gathered = folder / "support.zip"
            site.talosctl.call("support", "--output", str(gathered), *site.talosctl.told("support"))
            file.settle(gathered, run)
    return build(
        state=talos.classify(machine).value,
        decision="write",
        message=f"The support bundle of the machine at {site.node} is written to {file.path}, {file.whom}.",
        evidence={"file": str(file.path), "recipients": list(options.recipients)},
        changed=True,
        diff={"before": "", "after": f"{file.path}: {file.whom}\n"} if run.diff else None,
    )


USE_CASE = UseCase("alga_talos_support", Options, perform, states=TalosState)
