# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One way to wait: for a condition, on a monotonic clock, with the last thing seen at hand when it is given up."""

from __future__ import annotations

import time
import typing as t

from .._core.errors import ActionFailed, ObservationFailed
from .._core.states import PASSING_READS

POLL_SECONDS = 0.5
# How long a wait is silent, and then how long at least between two sentences about it.
SILENT_SECONDS, TELL_SECONDS = 5.0, 30.0
# How often it is asked whether what is waited for can still come.
JUDGE_SECONDS = 2.0
# How often something is asked that costs more than a look, such as a session in the database of a Job, on the Job's own machine.
ASK_SECONDS = 2.0

T = t.TypeVar("T")


def clauses(parts: t.Iterable[str]) -> str:
    """Join what was said into one sentence that still wants its full stop; some parts come with one, others are empty."""
    return "; ".join(filter(None, (part.strip().rstrip(".; ") for part in parts)))


def at_times(ask: t.Callable[[], T], progress_timeout: float) -> t.Callable[[], T]:
    """What a wait asks at times, and not at every look: in between, the last answer holds.

    :param progress_timeout: of that wait, which may be too short for two answers otherwise.
    """
    answers: list[T] = []
    due = time.monotonic()

    def asked() -> T:
        nonlocal due
        if time.monotonic() >= due:
            answers[:] = [ask()]
            due = time.monotonic() + min(ASK_SECONDS, progress_timeout / 2)
        return answers[0]

    return asked


def wait_until(
    look: t.Callable[[], T],
    done: t.Callable[[T], bool],
    *,
    what: str,
    progress_timeout: float,
    progress: t.Callable[[T], object] | None = None,
    describe: t.Callable[[T], str] = str,
    final: t.Callable[[T], str] = lambda _seen: "",
    tell: t.Callable[[str], None] = lambda _sentence: None,
    next_action: str,
) -> T:
    """Look again and again until the condition holds.

    :param look: reads the current state. The errors of the first look pass through: nothing was seen yet, and what is asked may
        be named wrongly. One of :data:`PASSING_READS` in a later look is no progress, and the wait goes on.
    :param done: the condition.
    :param what: what is waited for, as it reads after "waiting for".
    :param progress_timeout: seconds without progress after which the wait is given up; in all, without ``progress``.
    :param progress: maps a state to a value, known again by its ``repr``; whenever it is one that was not there before, the
        timeout starts anew (F28). What goes back and forth, as a container that crashes and is started again, makes no progress.
    :param describe: says what was seen last.
    :param final: says what cannot pass by itself, so that there is nothing to wait for; empty where it can (R10, R12).
    :param tell: shows a sentence to the operator while this waits, whenever another one is due.
    :param next_action: a sentence for the operator.
    :raises ActionFailed: when progress_timeout ended, or there is nothing to wait for.
    :raises ObservationFailed: when a look failed with a reason that does not pass by itself.
    """
    seen, unread = look(), ""
    began = since = time.monotonic()
    known = {repr(progress(seen))} if progress else set[str]()
    limit = ": no progress for" if progress else " after"
    judge_at, tell_at, told = began, began + SILENT_SECONDS, ""
    while unread or not done(seen):
        now = time.monotonic()
        try:
            if not unread and now >= judge_at:
                judge_at = now + JUDGE_SECONDS
                if last := clauses([final(seen)]):
                    raise ActionFailed(
                        f"Stopped waiting for {what} after {now - began:.0f} seconds, because this does not resolve by "
                        f"itself: {last}.",
                        next_action=next_action,
                    )
            over = now - since > progress_timeout
            if over or now >= tell_at:
                tell_at = now + TELL_SECONDS
                found = clauses([unread or describe(seen)])
                if over:
                    raise ActionFailed(
                        f"Gave up waiting for {what}{limit} {progress_timeout:g} seconds. Last seen: {found}.",
                        next_action=next_action,
                    )
                if found != told:
                    told = found
                    tell(f"Waiting for {what}: {found}.")
            time.sleep(POLL_SECONDS)
            seen, unread = look(), ""
        except ObservationFailed as error:
            if error.reason not in PASSING_READS:
                raise
            unread = error.message
            continue
        if progress and (moved := repr(progress(seen))) not in known:
            since = time.monotonic()
            known.add(moved)
    return seen
