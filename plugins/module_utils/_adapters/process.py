# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of others: started with their arguments as a list, given a text, and ended where they give no answer in time."""

from __future__ import annotations

import os
import subprocess
import typing as t


class Unanswered(Exception):
    """A program gave no answer in time, and was ended."""


class Command(t.Protocol):
    """Runs a command with a text on its standard input; returns its exit code and its two outputs."""

    def __call__(self, arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
        """Run it.

        :param seconds: after which it is ended; without them it may take as long as it takes.
        :raises OSError: when it cannot be started.
        :raises Unanswered: when it was ended.
        """


class Output(t.NamedTuple):
    """What a command gave: its exit code and its two outputs."""

    returncode: int
    stdout: str
    stderr: str


# What would lead a program to another cluster, namespace or place of its records than the options name (R19).
_LEADING_ASTRAY = ("HELM_KUBE", "HELM_NAMESPACE", "HELM_DRIVER", "KUBECONFIG", "TALOSCONFIG")


def _environment() -> dict[str, str]:
    """The caller's environment without what :data:`_LEADING_ASTRAY` begins with."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_LEADING_ASTRAY)}


def run(arguments: list[str], stdin: str, /, *, seconds: float | None = None, keep: t.Sequence[int] = ()) -> tuple[int, str, str]:
    """As :class:`Command` says.

    :param keep: files that stay open in it.
    """
    try:
        # Ansible's run_command ends nothing that hangs.
        ended = subprocess.run(  # pylint: disable=ansible-bad-function
            arguments,
            input=stdin.encode(),
            capture_output=True,
            check=False,
            timeout=seconds,
            pass_fds=tuple(keep),
            env=_environment(),
        )
    except subprocess.TimeoutExpired:
        raise Unanswered from None
    # What a program prints may come from anywhere, such as a log, and be no UTF-8.
    return ended.returncode, ended.stdout.decode(errors="replace"), ended.stderr.decode(errors="replace")
