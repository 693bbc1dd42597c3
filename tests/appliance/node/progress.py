# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a slow command is: one line a step, with n of N and the time left by what the steps took earlier."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator

from ansible_collections.alga.appliance.tests.appliance.node import cache
from ansible_collections.alga.appliance.tests.appliance.node.messages import say

# Seconds on two cores where nothing was built before, for a step that was never seen here.
_SECONDS = {"building kubernetes": 500.0, "building machined": 330.0, "building talosctl": 150.0, "building coredns": 90.0}
_USUAL_SECONDS = 40.0


class Progress:
    """The steps that are still to come."""

    def __init__(self) -> None:
        self._waiting: dict[str, float] = {}
        self._steps = 0
        self._done = 0

    def plan(self, steps: Iterable[str]) -> bool:
        """Say which steps will come, in any order; answer whether any of them was not planned before."""
        earlier = _earlier()
        new = {step: earlier.get(step, _usual(step)) for step in steps if step not in self._waiting}
        self._waiting |= new
        self._steps += len(new)
        return bool(new)

    def left(self) -> float:
        """Seconds that the planned steps will take."""
        return sum(self._waiting.values())

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Say that a step begins, and remember how long it took; one that fails is not remembered."""
        takes = self._waiting.pop(what, None)
        self._done += 1
        self._steps += takes is None
        known = "" if takes is None else f" ({_duration(takes)}, then {_duration(self.left())} more)"
        say(f"{self._done} of {self._steps}: {what}{known}")
        began = time.monotonic()
        yield
        _remember(what, time.monotonic() - began)


PROGRESS = Progress()


def _usual(step: str) -> float:
    return next((seconds for begin, seconds in _SECONDS.items() if step.startswith(begin)), _USUAL_SECONDS)


def _duration(seconds: float) -> str:
    return f"about {seconds / 60:.0f} min" if seconds >= 90 else f"about {seconds:.0f} s"


def _earlier() -> dict[str, float]:
    try:
        known: dict[str, float] = json.loads((cache.folder() / "durations.json").read_text())
    except FileNotFoundError:
        return {}
    return known


def _remember(what: str, seconds: float) -> None:
    with cache.locked("durations"):
        known = {**_earlier(), what: round(seconds, 1)}
        partial = cache.folder() / ".durations.json"
        partial.write_text(json.dumps(known, indent=1, sort_keys=True))
        partial.rename(cache.folder() / "durations.json")
