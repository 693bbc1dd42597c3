# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a use case as an Ansible module on a target."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ._adapters import process
from ._core.errors import ApplianceError
from ._use_cases._context import Run, UseCase


def main(use_case: UseCase) -> t.NoReturn:
    """Read the options, do the work, end as Ansible expects."""
    module = AnsibleModule(
        argument_spec=use_case.spec,
        supports_check_mode=True,
        required_one_of=use_case.required_one_of,
        mutually_exclusive=use_case.mutually_exclusive,
        required_together=use_case.required_together,
    )

    try:
        result = use_case.answer(module.params, Run(module.check_mode, module._diff, process.run))
    except ApplianceError as error:
        module.fail_json(msg=error.message, evidence=error.evidence, state=error.evidence.get("state", "failed"))
    module.exit_json(**result)
