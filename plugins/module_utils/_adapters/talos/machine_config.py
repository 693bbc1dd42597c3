# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration of a machine: read, tried and applied."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import ObservationFailed
from ..._core.states import Reason
from .talosctl import INVALID_ARGUMENT, PASSING, STDIN, Talosctl, TalosRefused

IMPORT_ERROR: ImportError | None
try:
    import yaml

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error

RUNNING = "v1alpha1"


def documents(text: str) -> list[t.Mapping[str, t.Any]]:
    """The documents of a configuration.

    :raises ObservationFailed: when it is no YAML; its text is not repeated, since it holds secrets.
    """
    try:
        return [document for document in yaml.safe_load_all(text) if document]
    except yaml.YAMLError:
        raise ObservationFailed("The machine configuration is not valid YAML.", reason=Reason.API_ERROR) from None


@dataclass(frozen=True)
class MachineConfig:
    """The configuration of one machine."""

    talosctl: Talosctl

    def running(self) -> list[t.Mapping[str, t.Any]]:
        """The configuration that the machine runs.

        :raises TalosRefused: when it does not say.
        """
        return documents(self.talosctl.get("machineconfig", RUNNING)[RUNNING])

    def needs_reboot(self, text: str) -> bool:
        """Whether another configuration comes into force only by a boot, as the machine itself judges; nothing is changed.

        :raises TalosRefused: when the machine does not take it at all.
        """
        try:
            self._apply(text, "--mode", "no-reboot", "--dry-run")
        except TalosRefused as error:
            if error.code != INVALID_ARGUMENT:
                raise
            # The same code is for what is no configuration; that would be no better later.
            self._apply(text, "--mode", "staged", "--dry-run")
            return True
        return False

    def apply(self, text: str, mode: str) -> str:
        """Apply a configuration; returns what kept the machine from it, and nothing where it was taken.

        :raises TalosRefused: for everything that another try does not mend.
        """
        return _tried(lambda: self._apply(text, "--mode", mode))

    def install(self, text: str) -> str:
        """Give a machine in maintenance mode its configuration, with which it installs itself and boots; as :meth:`apply`."""
        return _tried(lambda: self.talosctl.call("apply-config", "--file", STDIN, insecure=True, stdin=text))

    def _apply(self, text: str, *options: str) -> str:
        return self.talosctl.call("apply-config", "--file", STDIN, *options, stdin=text)


def _tried(call: t.Callable[[], str]) -> str:
    try:
        call()
    except TalosRefused as error:
        if error.code not in PASSING:
            raise
        return error.message
    return ""
