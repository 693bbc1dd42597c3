# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random histories of runs, faults and kills over a model of the appliance: its invariants hold after every effect."""

from __future__ import annotations

import random

import pytest

from ansible_collections.alga.appliance.tests.model.histories import FAMILIES, play_history
from ansible_collections.alga.appliance.tests.model.invariants import Violation

TOTAL = 100_000
PARTS = 8
# A few more than their share, because a history in which no run does anything does not count.
EACH = TOTAL * 108 // 100 // (PARTS * len(FAMILIES))
EFFECTS = 5
LEAST, MEAN, MOST = 12, 24, 60
driven: list[int] = []


def a_history(source: random.Random) -> bytes:
    """A history of random length: most are short, and some are long."""
    return source.randbytes(min(MOST, LEAST + int(source.expovariate(1 / (MEAN - LEAST)))))


def violation(family: str, history: bytes) -> Violation | None:
    """What a history breaks, and nothing where it breaks nothing."""
    try:
        play_history(family, history)
    except Violation as found:
        return found
    return None


def shortest(family: str, history: bytes, found: Violation) -> Violation:
    """The same violation in a history from which no move can be left out."""
    sentence, place = str(found).partition("\n")[0], 2
    while place < len(history):
        shorter = history[:place] + history[place + 1 :]
        again = violation(family, shorter)
        if again is not None and str(again).partition("\n")[0] == sentence:
            history, found = shorter, again
        else:
            place += 1
    return found


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("family", FAMILIES)
def test_every_history_keeps_the_promises(family: str, part: int, base: str) -> None:
    source = random.Random(f"{base} {family} {part}")  # noqa: S311 -- histories, no secrets
    for _number in range(EACH):
        history = a_history(source)
        try:
            driven.append(play_history(family, history))
        except Violation as found:
            raise shortest(family, history, found) from None


def test_a_hundred_thousand_histories_were_driven() -> None:
    assert sum(effects >= EFFECTS for effects in driven) >= TOTAL
