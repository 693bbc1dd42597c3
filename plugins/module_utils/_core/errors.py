# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's own errors. Each carries a sentence for a person and evidence for a program, never a secret."""

from __future__ import annotations

import typing as t

from .counting import counted
from .quote import without_credentials
from .results import build, telling
from .states import Reason

REFUSE, FAIL = "refuse", "fail"


class ApplianceError(Exception):
    """A refusal or failure that the operator reads.

    :param message: what was tried, on what, what was seen, what to do next.
    :param next_action: that part of the message which says what to do next, where it is known apart from the rest.
    :param evidence: JSON-ready facts behind the message.
    :ivar changed: whether the module had begun to change something; true as well where nobody knows what came of it.
    """

    decision: t.ClassVar[str] = FAIL

    def __init__(self, message: str, *, next_action: str = "", evidence: t.Mapping[str, t.Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_action = next_action
        self.evidence = dict(evidence or {})
        self.changed = False

    def as_result(self, states: t.Iterable[str] = ()) -> dict[str, t.Any]:
        """The failure with the keys of a success; what was not found out is None.

        :param states: the module's own; the evidence may name another question's.
        """
        state = self.evidence.get("state")
        return build(
            state=state if state in [*states] else None,
            decision=self.decision,
            message=without_credentials(self.message),
            next_action=without_credentials(self.next_action),
            evidence=telling(without_credentials(self.evidence)),
            drift=None,
            changed=self.changed,
        )


class Refused(ApplianceError):
    """The collection could act, and must not: a guard said no."""

    decision = REFUSE


def problems(found: t.Sequence[str]) -> Refused:
    """The refusal of what was asked for, with everything that is wrong with it at once."""
    numbered = " ".join(f"({number}) {each}" for number, each in enumerate(found, 1))
    return Refused(f"{counted(len(found), 'problem')} found; nothing was changed: {numbered}", evidence={"errors": [*found]})


class ObservationFailed(ApplianceError):
    """Something could not be read. Whoever catches this knows nothing, and nothing is not empty (F27, U6).

    :param message: what was tried, on what, and what was seen.
    :param next_action: what to do next, where it is another thing than is usual for the reason.
    """

    def __init__(
        self, message: str, *, reason: Reason, next_action: str = "", evidence: t.Mapping[str, t.Any] | None = None
    ) -> None:
        super().__init__(message, next_action=next_action, evidence={"reason": reason.value, **dict(evidence or {})})
        self.reason = reason


class ActionFailed(ApplianceError):
    """Something that was decided and begun did not come to its end.

    Its next action is what to do where nobody who catches it knows better; the message does not say it, and its text does.
    """

    def __str__(self) -> str:
        return " ".join(filter(None, (self.message, self.next_action)))
