# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_talos_support: what describes a machine, in a file for people whom the operator chose and for nobody else."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ..._adapters import paths, private_file
from ..._core import names
from ..._core.counting import counted
from ..._core.errors import ActionFailed, Refused
from ..._core.escrow import escrow
from ..._core.quote import quote
from ..._core.results import build
from ..._core.states import TalosState
from ..._core.talos import talos
from ..._core.talos.talos import Door
from .._context import Result, Run, UseCase
from .._options import option
from .talos_site import Site, TalosMachine


@dataclass(frozen=True)
class Options(TalosMachine):
    """The file, and who can read it."""

    file: str = option(type="path", required=True)
    recipients: list[str] = option(type="list", elements="str", default=[])


def perform(options: Options, run: Run) -> Result:
    """Gather, encrypt, and put the file into its place whole."""
    site, file, recipients = Site(options, run), paths.given(options.file), options.recipients
    if escrow.private(recipients):
        raise Refused(
            f"{names.TALOS_SUPPORT_RECIPIENTS_OPTION} contains a private key of age; give the public key, which begins with "
            "age1. Nothing was changed."
        )
    if file.exists():
        raise Refused(
            f"{names.TALOS_SUPPORT_FILE_OPTION} names {file}, which exists and is not overwritten. Nothing was changed."
        )
    machine = site.observe()
    if machine.door is not Door.OURS:
        raise site.refused(machine)
    if not run.check_mode:
        with private_file.folder() as folder:
            gathered = folder / "support.zip"
            site.talosctl.call("support", "--output", str(gathered), *site.talosctl.told("support"))
            _settle(_encrypted(run, gathered, recipients) if recipients else gathered, file)
    whom = f"encrypted for {counted(len(recipients), 'recipient')}" if recipients else "not encrypted"
    return build(
        state=talos.classify(machine).value,
        decision="write",
        message=f"The support bundle of the machine at {site.node} is written to {file}, {whom}.",
        evidence={"file": str(file), "recipients": list(recipients)},
        changed=True,
        diff={"before": "", "after": f"{file}: {whom}\n"} if run.diff else None,
    )


def _settle(made: Path, file: Path) -> None:
    try:
        private_file.settle(made, file)
    except OSError as error:
        raise ActionFailed(
            f"Could not write the support bundle to {file}: {error.strerror}. Correct {names.TALOS_SUPPORT_FILE_OPTION}, or make "
            "its directory writable, then run the same playbook again."
        ) from None


def _encrypted(run: Run, gathered: Path, recipients: list[str]) -> Path:
    """The file encrypted with age, beside it."""
    made = gathered.with_suffix(".age")
    words = [word for recipient in recipients for word in ("--recipient", recipient)]
    program = shutil.which("age")
    if program is None:
        raise ActionFailed(f"{names.TALOS_SUPPORT_RECIPIENTS_OPTION} requires the program age, which is not on the PATH.")
    code, _output, said = run.command([program, "--encrypt", *words, "--output", str(made), str(gathered)], "")
    if code:
        last = said.strip().splitlines()[-1:] or ["no output"]
        raise ActionFailed(f"age could not encrypt the support bundle (exit code {code}): {quote(last[0])}.")
    return made


USE_CASE = UseCase("alga_talos_support", Options, perform, states=TalosState)
