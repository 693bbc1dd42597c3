# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A typed confirmation: who names the appliance means this one."""

from __future__ import annotations

import typing as t

from .._core import names
from .._core.errors import Refused
from ._options import Confirmed


def require(options: Confirmed, where: str, plan: t.Sequence[str]) -> None:
    """Refuse what nobody has confirmed, and say what it would be.

    :param where: ``namespace/name`` of what is changed for good, which has to be typed.
    :param plan: what would be done, a sentence each.
    :raises Refused: when option ``confirm`` is another text.
    """
    if options.confirm == where:
        return
    given = f"is {options.confirm!r}" if options.confirm else "is not set"
    raise Refused(
        f"{names.CONFIRM_OPTION} {given}, so nothing was changed. These changes require confirmation: {'; '.join(plan)}. Set "
        f"{names.CONFIRM_OPTION} to {where} to confirm that this is the intended appliance.",
        evidence={"plan": list(plan)},
    )
