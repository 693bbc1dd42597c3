# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a support bundle: written whole, over no other file, and for those whom the operator named."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ..._adapters import paths, private_file
from ..._core.counting import counted
from ..._core.errors import ActionFailed, Refused
from ..._core.escrow import escrow
from ..._core.quote import quote
from .._context import Run
from .._options import option


@dataclass(frozen=True)
class Written:
    """The file, and who can read it."""

    file: str = option(type="path", required=True)
    recipients: list[str] = option(type="list", elements="str", default=[])


@dataclass(frozen=True)
class SupportFile:
    """Where a bundle goes.

    :param file_option: the operator's variable for the file, for messages; ``recipients_option`` likewise.
    """

    options: Written
    file_option: str
    recipients_option: str

    @property
    def path(self) -> Path:
        """The file."""
        return paths.given(self.options.file)

    @property
    def whom(self) -> str:
        """For whom it is encrypted, in words."""
        recipients = self.options.recipients
        return f"encrypted for {counted(len(recipients), 'recipient')}" if recipients else "not encrypted"

    def check(self) -> None:
        """Look before anything is collected.

        :raises Refused: when the file exists, or a private key was given for a public one.
        """
        if escrow.private(self.options.recipients):
            raise Refused(
                f"{self.recipients_option} contains a private key of age; give the public key, which begins with age1. Nothing "
                "was changed."
            )
        if self.path.exists():
            raise Refused(f"{self.file_option} names {self.path}, which exists and is not overwritten. Nothing was changed.")

    def settle(self, made: Path, run: Run) -> None:
        """Encrypt what was made, if it is for somebody, and give it its place.

        :raises ActionFailed: when age fails, or the file cannot be written.
        """
        try:
            private_file.settle(self._encrypted(made, run) if self.options.recipients else made, self.path)
        except OSError as error:
            raise ActionFailed(
                f"Could not write the support bundle to {self.path}: {error.strerror}. Correct {self.file_option}, or make its "
                "directory writable, then run the same playbook again."
            ) from None

    def _encrypted(self, gathered: Path, run: Run) -> Path:
        """The file encrypted with age, beside it."""
        made = gathered.with_suffix(".age")
        words = [word for recipient in self.options.recipients for word in ("--recipient", recipient)]
        program = shutil.which("age")
        if program is None:
            raise ActionFailed(f"{self.recipients_option} requires the program age, which is not on the PATH.")
        code, _output, said = run.command([program, "--encrypt", *words, "--output", str(made), str(gathered)], "")
        if code:
            last = said.strip().splitlines()[-1:] or ["no output"]
            raise ActionFailed(f"age could not encrypt the support bundle (exit code {code}): {quote(last[0])}.")
        return made
