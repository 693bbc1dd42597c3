# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of the fault matrix: repeatable, complete, divisible."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from ansible_collections.alga.appliance.tests.faults import plan
from ansible_collections.alga.appliance.tests.faults.interrupting import Instant, instant
from ansible_collections.alga.appliance.tests.faults.plan import Fault, Interruption, Play

BOUNDARIES = {Play.FRESH: 23, Play.RECOVER: 22, Play.RECOVER_NOTHING: 21}


def drawn(count: int, seed: int = 1) -> list[Interruption]:
    return list(itertools.islice(plan.draw(seed, BOUNDARIES), count))


def test_the_same_seed_draws_the_same_plan_and_another_one_another() -> None:
    assert drawn(300) == drawn(300)
    assert drawn(300) != drawn(300, seed=2)
    assert [item.index for item in drawn(300)] == list(range(300))


def test_a_round_meets_every_boundary_once_and_every_kind_of_fault() -> None:
    round_ = drawn(2 * sum(BOUNDARIES.values()))
    at = [(item.play, item.boundary) for item in round_ if item.boundary is not None]
    assert sorted(at) == sorted((play, number) for play, count in BOUNDARIES.items() for number in range(count))
    between = Counter((item.play, item.fault) for item in round_ if item.boundary is None)
    assert len(between) == len(Play) * len(Fault)
    assert max(between.values()) - min(between.values()) <= 1


def test_eight_rounds_meet_every_boundary_with_every_kind_of_fault() -> None:
    rounds = drawn(2 * len(Fault) * sum(BOUNDARIES.values()))
    met = {(item.play, item.boundary, item.fault) for item in rounds if item.boundary is not None}
    assert len(met) == len(Fault) * sum(BOUNDARIES.values())


def test_the_sample_has_each_kind_first_and_leaves_nothing_out() -> None:
    sample = list(plan.one_of_each_first(drawn(100)))
    assert {item.fault for item in sample[: len(Fault)]} == set(Fault)
    assert sorted(item.index for item in sample) == list(range(100))


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b"])
def test_no_share(text: str) -> None:
    with pytest.raises(ValueError, match=r"share|invalid literal"):
        plan.share(text)


def test_a_share() -> None:
    assert plan.share("2/3") == (2, 3)


@pytest.mark.parametrize(
    ("boundary", "fraction", "expected"),
    [
        (2, 0.0, Instant(2, 0.0)),
        (None, 0.0, Instant(0, 0.001)),
        (None, 0.5, Instant(1, 3.0)),
        (None, 1.0, Instant(2, 2.0)),
    ],
)
def test_where_an_interruption_falls(boundary: int | None, fraction: float, expected: Instant) -> None:
    given = Interruption(0, Play.FRESH, Fault.DISK, boundary, fraction, 0.5, 1.0)
    assert instant(given, [2.0, 6.0, 2.0, 9.0]) == expected
    assert expected.is_boundary is (boundary is not None)
