# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which fault strikes which playbook when: drawn from a seed, the same for everybody who has the same collection."""

from __future__ import annotations

import itertools
import random
import typing as t
from dataclasses import dataclass
from enum import StrEnum


class Play(StrEnum):
    """What is interrupted."""

    FRESH = "fresh"
    RECOVER = "recover with something to do"
    RECOVER_NOTHING = "recover with nothing to do"

    @property
    def playbook(self) -> str:
        """The playbook's name."""
        return "fresh" if self is Play.FRESH else "recover"


class Fault(StrEnum):
    """What strikes."""

    CONTROLLER = "controller SIGKILL"
    POD = "pod delete"
    CONTAINER = "container SIGKILL"
    POSTGRESQL = "PostgreSQL SIGKILL"
    KUBELET = "kubelet stop"
    API_SERVER = "API server stop"
    DISK = "disk full on the volume"
    CONNECTION = "connection dropped mid-statement"


@dataclass(frozen=True)
class Interruption:
    """One interruption.

    :param index: its place in the plan.
    :param boundary: the number of the task at whose beginning it strikes, or None where it strikes in between.
    :param fraction: where it strikes in between, as a part of the time that an uninterrupted run takes.
    :param choice: a number from 0 to 1 that chooses among what can be struck, such as one of several pods.
    :param seconds: how long the kubelet or the API server is away, or the disk full.
    """

    index: int
    play: Play
    fault: Fault
    boundary: int | None
    fraction: float
    choice: float
    seconds: float


def draw(seed: int, boundaries: t.Mapping[Play, int]) -> t.Iterator[Interruption]:
    """Draw interruptions without end.

    Every second one strikes at a boundary between two tasks, every other one in between. A round meets every boundary of
    every play once; the next round meets it with the next kind of fault.

    :param boundaries: the number of boundaries of each play: one before each task and one after the last.
    """
    dice = random.Random(seed)  # noqa: S311  # repeatable on purpose
    faults = list(Fault)
    cells = [(play, boundary) for play in Play for boundary in range(boundaries[play])]
    offsets = {cell: dice.randrange(len(faults)) for cell in cells}
    index = itertools.count()
    for number in itertools.count():
        dice.shuffle(cells)
        between = _even(dice, faults, len(cells))
        for (play, boundary), (other, fault) in zip(cells, between, strict=True):
            at = faults[(offsets[play, boundary] + number) % len(faults)]
            yield Interruption(next(index), play, at, boundary, 0.0, dice.random(), _seconds(dice, at))
            yield Interruption(next(index), other, fault, None, dice.random(), dice.random(), _seconds(dice, fault))


def _even(dice: random.Random, faults: t.Sequence[Fault], count: int) -> list[tuple[Play, Fault]]:
    """As many pairs of play and fault as wanted, every pair as often as every other one, in any order."""
    pairs = [(play, fault) for play in Play for fault in faults]
    dice.shuffle(pairs)
    drawn = list(itertools.islice(itertools.cycle(pairs), count))
    dice.shuffle(drawn)
    return drawn


def _seconds(dice: random.Random, fault: Fault) -> float:
    """How long a fault lasts: a disk longer than a component, since it is met only by whoever wants a new block of it."""
    return round(dice.uniform(5, 45) if fault is Fault.DISK else dice.uniform(1, 15), 1)


def share(text: str) -> tuple[int, int]:
    """Read which part of the plan is this process' own, such as 1/2.

    :raises ValueError: when it is none.
    """
    mine, _slash, all_of_them = text.partition("/")
    number, count = int(mine), int(all_of_them)
    if not 1 <= number <= count:
        raise ValueError(f"{text} is no share, such as 1/2")
    return number, count


def one_of_each_first(plan: t.Iterable[Interruption]) -> t.Iterator[Interruption]:
    """The same interruptions, the first of every kind of fault before all others."""
    seen: set[Fault] = set()
    late: list[Interruption] = []
    left = iter(plan)
    for interruption in left:
        if interruption.fault in seen:
            late.append(interruption)
            continue
        seen.add(interruption.fault)
        yield interruption
        if len(seen) == len(Fault):
            break
    yield from late
    yield from left
