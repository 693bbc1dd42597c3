# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random histories of runs, faults and kills over a model of the appliance: its invariants hold after every effect."""

from __future__ import annotations

import pytest
from histories import FAMILIES, play_history
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

TOTAL = 100_000
PARTS = 8
# A few more than their share, because a history in which no run does anything does not count.
EACH = TOTAL * 112 // 100 // (PARTS * len(FAMILIES))
EFFECTS = 5
driven: list[int] = []


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("family", FAMILIES)
def test_every_history_keeps_the_promises(family: str, part: int, base: str) -> None:
    @seed(f"{base} {family} {part}")
    @settings(max_examples=EACH, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.binary(min_size=12, max_size=60))
    def drive(history: bytes) -> None:
        driven.append(play_history(family, history))

    drive()


def test_a_hundred_thousand_histories_were_driven() -> None:
    assert sum(effects >= EFFECTS for effects in driven) >= TOTAL
