# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's own errors. Each carries a sentence for a person and evidence for a program, never a secret."""

from __future__ import annotations

import typing as t

from .states import Reason


class ApplianceError(Exception):
    """A refusal or failure that the operator reads.

    :param message: what was tried, on what, what was seen, what to do next.
    :param evidence: JSON-ready facts behind the message.
    """

    def __init__(self, message: str, *, evidence: t.Mapping[str, t.Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.evidence = dict(evidence or {})


class Refused(ApplianceError):
    """The collection could act, and must not: a guard said no."""


class ObservationFailed(ApplianceError):
    """Something could not be read. Whoever catches this knows nothing, and nothing is not empty (F27, U6).

    :param message: what was tried, on what, and what was seen.
    :param next_action: what to do next, where it is another thing than is usual for the reason.
    """

    def __init__(
        self, message: str, *, reason: Reason, next_action: str = "", evidence: t.Mapping[str, t.Any] | None = None
    ) -> None:
        super().__init__(message, evidence={"reason": reason.value, **dict(evidence or {})})
        self.reason = reason
        self.next_action = next_action


class ActionFailed(ApplianceError):
    """Something that was decided and begun did not come to its end.

    :param next_action: what to do next, where nobody who catches it knows better and the message does not say it.
    """

    def __init__(self, message: str, *, next_action: str = "", evidence: t.Mapping[str, t.Any] | None = None) -> None:
        super().__init__(message, evidence=evidence)
        self.next_action = next_action
