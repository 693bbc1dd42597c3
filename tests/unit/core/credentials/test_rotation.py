# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotation: every combination has a step, and whoever is killed after any effect leaves a password that opens the role."""

from __future__ import annotations

import itertools
import typing as t
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.credentials import Match
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.rotation import Rotation, RotationStep, decide

EVERY = [
    Rotation(*values)
    for values in itertools.product((False, True), Match, (None, *Match), (False, True), (False, True))
    if not (values[2] is None and values[3])
]


def test_nothing_unknown_is_acted_on_and_nothing_unasked_begins() -> None:
    for seen in EVERY:
        step = decide(seen)
        if step is RotationStep.ALTER_ROLE:
            assert (seen.current, seen.next, seen.published) == (Match.MATCH, Match.MISMATCH, False)
        if step is RotationStep.PUBLISH:
            assert seen.next is Match.MATCH
        if step in (RotationStep.RESTART_CONSUMERS, RotationStep.FORGET):
            assert seen.next is Match.MATCH and seen.published
        if step is RotationStep.WRITE_DOWN:
            assert seen.wanted and seen.current is Match.MATCH and seen.next is None
        if seen.next in (Match.UNKNOWN, Match.MISSING):
            assert step is RotationStep.REFUSE


@dataclass
class Appliance:
    """One role, its Secret, what is written down and one consumer; every effect may be the last of a run."""

    role: int = 1
    secret: int = 1
    next: int = 0
    consumer: int = 1
    made: int = 1
    history: set[int] = field(default_factory=set)

    def seen(self, *, wanted: bool) -> Rotation:
        def match(password: int) -> Match:
            return Match.MATCH if password == self.role else Match.MISMATCH

        return Rotation(
            wanted,
            match(self.secret),
            match(self.next) if self.next else None,
            bool(self.next) and self.next == self.secret,
            self.consumer != self.secret,
        )

    def effects(self, step: RotationStep) -> t.Iterator[None]:
        if step is RotationStep.WRITE_DOWN:
            self.made += 1
            self.next = self.made
        elif step is RotationStep.ALTER_ROLE:
            self.role = self.next
        elif step is RotationStep.PUBLISH:
            self.history.add(self.secret)
            yield
            self.secret = self.next
        elif step is RotationStep.RESTART_CONSUMERS:
            self.consumer = self.secret
        elif step is RotationStep.FORGET:
            self.next = 0
        yield

    def run(self, *, kill_after: int = -1) -> bool:
        """Rotate once; returns whether it came to its end."""
        begun = bool(self.next)
        for _step in range(20):
            step = decide(self.seen(wanted=not begun))
            assert step is not RotationStep.REFUSE
            if step is RotationStep.NOTHING:
                return True
            begun = True
            for _effect in self.effects(step):
                assert self.role in (self.secret, self.next), "no known password opens the role"
                if kill_after == 0:
                    return False
                kill_after -= 1
        raise AssertionError("it goes round in circles")


@given(st.lists(st.integers(0, 7), max_size=5))
def test_a_run_that_is_killed_anywhere_is_finished_by_the_next_f1(kills: list[int]) -> None:
    appliance = Appliance()
    for kill_after in kills:
        before = appliance.made
        appliance.run(kill_after=kill_after)
        assert appliance.made <= before + 1
    assert appliance.run()
    assert appliance.role == appliance.secret == appliance.consumer and not appliance.next
    assert appliance.history == set(range(1, appliance.secret)), "every earlier password is kept"


@pytest.mark.parametrize("victim", ["role", "secret"])
def test_a_password_that_somebody_else_changed_is_nobodys_to_replace_u5(victim: str) -> None:
    for written_down in (0, 2):
        appliance = Appliance(next=written_down)
        setattr(appliance, victim, 99)
        assert decide(appliance.seen(wanted=True)) is RotationStep.REFUSE
