# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a use case inside the controller's process when the task is local, as a module on the target otherwise.

The strategy imports an action plugin once, before it forks: what is imported here at the top costs a play once
and a task nothing.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ..module_utils._adapters import process
from ..module_utils._core.errors import ApplianceError
from ..module_utils._use_cases._context import Run, UseCase
from . import _beside


def run_command(arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
    """Run a command for a use case; it holds the sign of life, so that the play counts as alive while it runs."""
    return process.run(arguments, stdin, seconds=seconds, keep=(_beside.SIGN_OF_LIFE,))


LOCAL = ("local", "ansible.builtin.local")


class ApplianceAction(ActionBase):
    """Base of the collection's action plugins."""

    use_case: t.ClassVar[UseCase]
    supports_check_mode = True
    supports_diff = True
    _supports_check_mode = True
    _supports_diff = True

    def _how(self) -> Run:
        return Run(
            check_mode=bool(self._task.check_mode),
            diff=bool(self._task.diff),
            command=run_command,
            tell=self._display.display,
            beside=_beside.start,
        )

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Answer the task."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        if self._play_context.connection not in LOCAL and self._connection.transport not in LOCAL:
            answer: dict[str, t.Any] = self._execute_module(
                module_name=f"alga.appliance.{self.use_case.name}", task_vars=task_vars
            )
            return result | answer
        validated = ArgumentSpecValidator(
            self.use_case.spec,
            mutually_exclusive=self.use_case.mutually_exclusive,
            required_one_of=self.use_case.required_one_of,
            required_together=self.use_case.required_together,
        ).validate(self._task.args)
        if validated.error_messages:
            raise AnsibleActionFail(" ".join(validated.error_messages))
        parameters = validated.validated_parameters
        try:
            answer = self.use_case.answer(parameters, self._how())
        except ApplianceError as error:
            answer = {**self.use_case.failure(error), "failed": True}
        return result | answer
