# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An encrypted file on the controller: written whole or not at all, and never over an earlier one.

The plaintext goes through standard input and output alone. age and ansible-vault are both asked as programs, since one way to
encrypt is enough to be sure of.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from ..._core.errors import ActionFailed
from ..._core.quote import quote
from .. import private_file
from ..process import Command

# Beside the vault identities that the operator's configuration names, ansible-vault would not know which is meant.
_VAULT_ID = "alga-appliance"


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not text"
    # Python has a class of its own for links that lead to each other.
    return (error.strerror if isinstance(error, OSError) else "") or str(error)


def _next(file: Path) -> Path:
    """The first free name for the earlier file."""
    number = 1
    while (name := file.with_name(f"{file.name}.{number}")).exists():
        number += 1
    return name


@dataclass(frozen=True)
class Escrow:
    """One file and how it is encrypted.

    :param recipients: age's public keys; with none, ansible-vault is used with ``vault_password_file``.
    :param identity_file: age's private keys, where the copy is verified or restored.
    """

    command: Command
    file: Path
    recipients: t.Sequence[str] = ()
    identity_file: str = ""
    vault_password_file: str = ""

    @property
    def readable(self) -> bool:
        """Whether what decrypts the file is at hand."""
        return bool(self.identity_file if self.recipients else self.vault_password_file)

    def text(self) -> str | None:
        """The encrypted file; None where there is none.

        :raises ActionFailed: when it cannot be read.
        """
        try:
            return self.file.read_text()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise ActionFailed(
                f"Could not read {self.file}: {_why(error)}. Correct alga_escrow or the file's permissions, then run the "
                "playbook again."
            ) from None

    def decrypt(self, text: str) -> str:
        """Decrypt what :meth:`text` gave.

        :raises ActionFailed: when the program does not succeed.
        """
        if self.recipients:
            return self._run("decrypt", ["age", "--decrypt", "--identity", self.identity_file], text)
        return self._run("decrypt", ["ansible-vault", "decrypt", *self._vault, "--output", "-"], text)

    def write(self, plaintext: str) -> str:
        """Encrypt a text and put it into the file; an earlier file is kept beside it, numbered.

        :returns: the encrypted text.
        :raises ActionFailed: when the program does not succeed, what it gave does not decrypt to the same again, or the file
            cannot be written.
        """
        if self.recipients:
            recipients = [word for recipient in self.recipients for word in ("--recipient", recipient)]
            text = self._run("encrypt", ["age", "--encrypt", "--armor", *recipients], plaintext)
        else:
            text = self._run(
                "encrypt", ["ansible-vault", "encrypt", *self._vault, "--encrypt-vault-id", _VAULT_ID, "--output", "-"], plaintext
            )
        if self.readable and self.decrypt(text) != plaintext:
            raise ActionFailed(
                f"Could not verify the encrypted copy for {self.file}: decrypting it gave a different result. Nothing was "
                "written. Check that the identity belongs to one of the recipients."
            )
        self._replace(text)
        return text

    @property
    def _vault(self) -> list[str]:
        return ["--vault-id", f"{_VAULT_ID}@{self.vault_password_file}"]

    def _replace(self, text: str) -> None:
        earlier = self.text()
        try:
            # A symbolic link leads to where the copy is to lie, such as a share, and stays one.
            file = self.file.resolve()
            if earlier is not None:
                private_file.replace(_next(file), earlier)
            private_file.replace(file, text)
        except (OSError, RuntimeError) as error:
            raise ActionFailed(
                f"Could not write {self.file}: {_why(error)}. No earlier copy was lost. Correct alga_escrow, or make the "
                "directory writable for the user who runs the playbook, then run the same playbook again."
            ) from None

    def _run(self, what: str, arguments: list[str], stdin: str) -> str:
        try:
            code, output, said = self.command(arguments, stdin)
        except OSError as error:
            raise ActionFailed(
                f"Could not start {arguments[0]} to {what} {self.file}: {error.strerror}. Install it where this task runs, "
                "then run the same playbook again."
            ) from None
        if code:
            raise ActionFailed(
                f"{arguments[0]} could not {what} {self.file} (exit code {code}): {quote(said)}. Correct alga_escrow or what is "
                "named here, then run the same playbook again."
            )
        return output
