# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Give a role another password, so that a run that is killed anywhere leaves one that is known and a next step that is proved.

PostgreSQL keeps one verifier a role, and the Secret is another system: nothing changes both at once. So the new password is
written down first, beside the old one, and each later step follows from which of the two the verifier belongs to. That is seen,
never remembered.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .credentials import Match


class RotationStep(StrEnum):
    """The one next step for one role."""

    WRITE_DOWN = "write_down"
    ALTER_ROLE = "alter_role"
    PUBLISH = "publish"
    RESTART_CONSUMERS = "restart_consumers"
    FORGET = "forget"
    NOTHING = "nothing"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Rotation:
    """How one role stands.

    :param wanted: whether the operator asks for a new password; one that is written down already is what was asked for.
    :param current: whether the role's verifier belongs to the Secret's password.
    :param next: whether it belongs to the password that is written down; None where none is.
    :param published: whether the Secret has the password that is written down.
    :param stale: whether a consumer was started with another password than the Secret's.
    """

    wanted: bool
    current: Match
    next: Match | None = None
    published: bool = False
    stale: bool = False


def decide(seen: Rotation) -> RotationStep:
    """Say what is done next.

    What could not be compared is a refusal; so is a verifier that belongs to neither password, because then somebody else
    changed it and nobody knows who depends on that.
    """
    if seen.next is None:
        return _begin(seen)
    if seen.next is Match.MATCH:
        if not seen.published:
            return RotationStep.PUBLISH
        return RotationStep.RESTART_CONSUMERS if seen.stale else RotationStep.FORGET
    # The Secret's password and the one that is written down may be the same only once the role has it.
    if seen.next is Match.MISMATCH and seen.current is Match.MATCH and not seen.published:
        return RotationStep.ALTER_ROLE
    return RotationStep.REFUSE


def _begin(seen: Rotation) -> RotationStep:
    if not seen.wanted:
        return RotationStep.NOTHING
    return RotationStep.WRITE_DOWN if seen.current is Match.MATCH else RotationStep.REFUSE
