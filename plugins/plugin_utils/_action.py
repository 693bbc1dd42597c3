# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a use case inside the controller's process when the task is local, as a module on the target otherwise.

The strategy imports an action plugin once, before it forks: what is imported here at the top costs a play once
and a task nothing.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ModuleArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.common.warnings import get_deprecation_messages, get_warning_messages
from ansible.plugins.action import ActionBase

from ..module_utils._adapters import process
from ..module_utils._core import names
from ..module_utils._core.appliance.settings import BY_NAME
from ..module_utils._core.errors import ApplianceError, Refused
from ..module_utils._use_cases._context import Run, UseCase
from ..module_utils._use_cases._options import Spec
from . import _beside


def run_command(arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
    """Run a command for a use case; it holds the sign of life, so that the play counts as alive while it runs."""
    return process.run(arguments, stdin, seconds=seconds, keep=(_beside.SIGN_OF_LIFE,))


LOCAL = ("local", "ansible.builtin.local")
# Lets the default callback print a result one key a line. The keys are sorted, so the sentence comes late, behind its evidence.
READABLE = "_ansible_verbose_always"
# Which appliance: what the role preflight checked at the play's start is not to be anybody else's for a later role.
IDENTITY = (names.KUBECONFIG_OPTION, "alga_context", "alga_namespace", "alga_fullname", names.TALOS_NODE_OPTION)
COLLECTION = "alga.appliance."
# Shorter texts inside a structure are words and numbers rather than secrets.
SECRET_LENGTH = 8


def shown(answer: dict[str, t.Any]) -> dict[str, t.Any]:
    """A result as it is printed: of a failure the sentence is what a person reads last, and not a line in a wall of JSON."""
    return answer | {READABLE: True} if answer.get("failed") else answer


def as_given(task_vars: t.Mapping[str, t.Any]) -> dict[str, str]:
    """How the variables that say which appliance were given, templates as templates."""
    return {name: str(task_vars.get(name) or "") for name in IDENTITY}


class ApplianceAction(ActionBase):
    """Base of the collection's action plugins."""

    use_case: t.ClassVar[UseCase[t.Any]]
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
        other = self._other_appliance(task_vars or {})
        if other:
            return shown(result | self._failure(Refused(other)))
        if self._play_context.connection not in LOCAL and self._connection.transport not in LOCAL:
            answer: dict[str, t.Any] = self._execute_module(
                module_name=f"alga.appliance.{self.use_case.name}", task_vars=task_vars
            )
            return shown(result | answer)
        return shown(result | self._as_a_module(self._in_process()))

    def _other_appliance(self, task_vars: dict[str, t.Any]) -> str:
        """Which variable names another appliance to a role of the collection than to the preflight of its play; else empty."""
        role = self._task._role
        preflight = task_vars.get("preflight_result", {})
        if role is None or not role.get_name().startswith(COLLECTION) or "given" not in preflight:
            return ""
        checked, written = preflight["settings"], as_given(task_vars)
        for name in IDENTITY:
            # What is written alike is not evaluated again, which may take its time or give another file each time.
            if written[name] == preflight["given"][name]:
                continue
            given = self._templar.template(task_vars.get(name)) or BY_NAME[name].default
            if given != checked[name]:
                return (
                    f"The role {role.get_name()} was given {name} {given!r}, and this play was checked, and began, with "
                    f"{checked[name]!r}. Nothing was changed here. Give alga_* variables to the host or to the whole play; "
                    "another appliance is another host of the inventory."
                )
        return ""

    def _in_process(self) -> dict[str, t.Any]:
        validated = ModuleArgumentSpecValidator(
            self.use_case.spec,
            **self.use_case.rules,
        ).validate(self._task.args)
        if validated.error_messages:
            return self._failure(Refused(" ".join(validated.error_messages)))
        try:
            return self.use_case.answer(validated.validated_parameters, self._how())
        except ApplianceError as error:
            return self._failure(error)

    def _failure(self, error: ApplianceError) -> dict[str, t.Any]:
        return {**self.use_case.failure(error), "failed": True}

    def _as_a_module(self, answer: dict[str, t.Any]) -> dict[str, t.Any]:
        """An answer as AnsibleModule would end with it: with warnings, and without what secret options say."""
        told = {"warnings": list(get_warning_messages()), "deprecations": list(get_deprecation_messages())}
        whole = answer | {kind: said for kind, said in told.items() if said}
        kept: dict[str, t.Any] = remove_values(whole, _secrets(self.use_case.spec, self._task.args))
        # A secret such as True is in no answer, and a task that failed must not end well.
        return kept | {key: value for key, value in whole.items() if isinstance(value, bool)}


def _secrets(spec: Spec, given: t.Mapping[str, t.Any]) -> set[str]:
    """The texts that no answer may repeat.

    Of an option with a structure, such as a machine's patches, short texts are left out, and what another option says openly:
    they would take every version, number and address out of every message.
    """
    secret: set[str] = set()
    openly: set[str] = set()
    for name, option in spec.items():
        for value in (given.get(known) for known in (name, *option.get("aliases", ()))):
            if not option.get("no_log"):
                openly.update(_texts(value))
            elif isinstance(value, str):
                secret.add(value)
            else:
                secret.update(text for text in _texts(value) if len(text) >= SECRET_LENGTH)
    return {text for text in secret if text} - openly


def _texts(value: t.Any) -> t.Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, (t.Mapping, list, tuple)):
        for item in value.values() if isinstance(value, t.Mapping) else value:
            yield from _texts(item)
