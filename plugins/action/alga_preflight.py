# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The in-process form of alga.appliance.alga_preflight."""

from __future__ import annotations

import typing as t

from ..module_utils._use_cases.preflight import USE_CASE
from ..plugin_utils._action import ApplianceAction, as_given


class ActionModule(ApplianceAction):
    """Answer alga_preflight without a new process."""

    use_case = USE_CASE

    def _other_appliance(self, task_vars: dict[str, t.Any]) -> str:  # noqa: ARG002  # what is to be checked is new
        """Never: this is the check that the other modules are held to."""
        return ""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Answer the task, and keep for the roles after it which appliance was checked."""
        answer = super().run(tmp, task_vars)
        return answer if answer.get("failed") else answer | {"given": as_given(task_vars or {})}
