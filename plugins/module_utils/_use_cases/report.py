# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_report: the verdict over what the other modules answered."""

from __future__ import annotations

from .._core.drift import line
from .._core.report import judge
from .._core.results import build
from ._context import Params, Result, Run, Spec, UseCase

SPEC: Spec = {
    "storage": {"type": "dict", "required": True},
    "credentials": {"type": "dict", "required": True, "no_log": False},
    "database": {"type": "dict", "required": True},
    "application": {"type": "dict", "required": True},
}


def perform(params: Params, _run: Run) -> Result:
    """Judge; nothing is read and nothing is changed."""
    verdict = judge(params["storage"], params["credentials"], params["database"], params["application"])
    return build(
        state=str(params["database"]["state"]),
        decision="healthy" if verdict.healthy else "attention",
        message=verdict.message,
        next_action=verdict.next_action,
        evidence={
            "storage": params["storage"]["state"],
            "credentials": params["credentials"]["decision"],
            "roles": [line(row) for row in params["credentials"]["evidence"].get("roles", [])],
        },
    )


USE_CASE = UseCase("alga_report", SPEC, perform)
