# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One way to wait: for a condition, on a monotonic clock, with the last thing seen at hand when patience ends."""

from __future__ import annotations

import time
import typing as t

from .._core.errors import ActionFailed, ObservationFailed
from .._core.states import PASSING_READS

POLL_SECONDS = 0.5

T = t.TypeVar("T")


def clauses(parts: t.Iterable[str]) -> str:
    """Join what was said into one sentence that still wants its full stop; some parts come with one, others are empty."""
    return "; ".join(filter(None, (part.strip().rstrip(".; ") for part in parts)))


def wait_until(
    look: t.Callable[[], T],
    done: t.Callable[[T], bool],
    *,
    what: str,
    patience: float,
    progress: t.Callable[[T], object] | None = None,
    describe: t.Callable[[T], str] = str,
    next_action: str,
) -> T:
    """Look again and again until the condition holds.

    :param look: reads the current state. The errors of the first look pass through: nothing was seen yet, and what is asked may
        be named wrongly. One of :data:`PASSING_READS` in a later look is no progress, and the wait goes on.
    :param done: the condition.
    :param what: what is waited for, as it reads after "Waited for".
    :param patience: seconds without progress after which the wait is given up.
    :param progress: maps a state to a value, known again by its ``repr``; whenever it is one that was not there before, patience
        starts anew (F28). What goes back and forth, as a container that crashes and is started again, makes no progress.
    :param describe: says what was seen last.
    :param next_action: a sentence for the operator.
    :raises ActionFailed: when patience ended.
    :raises ObservationFailed: when a look failed with a reason that does not pass by itself.
    """
    seen, unread = look(), ""
    since, known = time.monotonic(), {repr(progress(seen))} if progress else set[str]()
    while unread or not done(seen):
        if time.monotonic() - since > patience:
            found = clauses([unread or describe(seen)])
            raise ActionFailed(
                f"Waited for {what}; after {patience:g} seconds without progress this was seen: {found}. {next_action}".strip()
            )
        time.sleep(POLL_SECONDS)
        try:
            seen, unread = look(), ""
        except ObservationFailed as error:
            if error.reason not in PASSING_READS:
                raise
            unread = error.message
            continue
        if progress and (now := repr(progress(seen))) not in known:
            since = time.monotonic()
            known.add(now)
    return seen
