# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One interrupted run: from its first task to its end, with one fault at one instant."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass

from ansible_collections.alga.appliance.tests.faults.plan import Interruption
from ansible_collections.alga.appliance.tests.faults.playing import End, Playing, Task
from ansible_collections.alga.appliance.tests.faults.strikes import Strike

_POLL = 1.0


@dataclass(frozen=True)
class Instant:
    """When to strike: so many seconds after a task has begun; at the boundary itself where that is 0."""

    task: int
    after: float

    @property
    def is_boundary(self) -> bool:
        """Whether the task must not begin before the fault has struck."""
        return not self.after


def instant(interruption: Interruption, durations: t.Sequence[float]) -> Instant:
    """Where an interruption falls in a run whose tasks take so long.

    :param durations: seconds of every task in an uninterrupted run, and of its end.
    """
    if interruption.boundary is not None:
        return Instant(interruption.boundary, 0.0)
    # After its last task Ansible only takes itself down.
    tasks = durations[:-1]
    left = interruption.fraction * sum(tasks)
    for number, duration in enumerate(tasks):
        if left <= duration:
            return Instant(number, max(left, 0.001))
        left -= duration
    return Instant(len(tasks) - 1, tasks[-1])


class Interrupting:
    """Lets a playbook run, strikes once, and lifts what lasts while it goes on.

    :param seconds: how long what lasts does last, at most to the end of the run.
    """

    def __init__(self, playing: Playing, strike: Strike, when: Instant, seconds: float) -> None:
        self._playing = playing
        self._strike = strike
        self._when = when
        self._seconds = seconds
        self._due: float | None = None
        self._lift_at: float | None = None
        self.struck = ""
        self.task = ""

    def run(self) -> int:
        """Run to the end; returns the exit code.

        :raises TimeoutError: when the playbook does not end.
        """
        try:
            while True:
                event = self._playing.next(self._wait_seconds())
                if isinstance(event, End):
                    return event.code
                if isinstance(event, Task):
                    self._arm(event.number)
                self._act()
                if isinstance(event, Task):
                    self._playing.go()
        finally:
            late = self._strike.lift()
            self.struck = self.struck or late

    def _wait_seconds(self) -> float:
        now = time.monotonic()
        return max(0.0, min([_POLL, *(moment - now for moment in (self._due, self._lift_at) if moment is not None)]))

    def _arm(self, number: int) -> None:
        if self.struck or number < self._when.task:
            return
        now = time.monotonic()
        if number > self._when.task:
            # The task was shorter this time than in the uninterrupted run: its end is the instant.
            self._due = min(self._due or now, now)
        elif self._due is None:
            self._due = now + self._when.after

    def _act(self) -> None:
        now = time.monotonic()
        if self._due is not None and now >= self._due:
            self.task = self._playing.task
            self.struck = self._strike.attempt()
            self._due = None if self.struck else now + self._strike.retry
            if self.struck and self._strike.lasts:
                self._lift_at = now + self._seconds
        if self._lift_at is not None and now >= self._lift_at:
            self._strike.lift()
            self._lift_at = None
