# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a use case as an Ansible module on a target."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ._adapters import process
from ._core.errors import ApplianceError, Refused
from ._core.quote import without_credentials
from ._use_cases._context import Run, UseCase

UNSHOWN = "a mapping, which is not shown"


class _Module(AnsibleModule):
    """A module that shows no option in which somebody may have written anything: a chart's values, a Job's environment.

    To declare them secret to Ansible would take every text in them, such as a namespace, out of every message.
    """

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        """End well."""
        super().exit_json(**result, invocation=self._invocation())

    def fail_json(self, msg: str, **result: t.Any) -> t.NoReturn:
        """End with a failure; of wrong options too, which is before there is a use case."""
        super().fail_json(**{**Refused(msg).as_result(), **result}, invocation=self._invocation())

    def _invocation(self) -> dict[str, t.Any]:
        mappings = {name for name, option in self.argument_spec.items() if "dict" in (option.get("type"), option.get("elements"))}
        shown = {
            name: UNSHOWN if value and name in mappings else without_credentials(value) for name, value in self.params.items()
        }
        return {"module_args": shown}


def main(use_case: UseCase[t.Any]) -> t.NoReturn:
    """Read the options, do the work, end as Ansible expects."""
    module = _Module(  # type: ignore[no-untyped-call]
        argument_spec=use_case.spec,
        # Syslog would have every option of every run.
        no_log=True,
        supports_check_mode=True,
        **use_case.rules,
    )

    try:
        result = use_case.answer(module.params, Run(module.check_mode, module._diff, process.run))
    except ApplianceError as error:
        module.fail_json(**use_case.failure(error))
    module.exit_json(**result)
