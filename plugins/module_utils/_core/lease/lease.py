# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One Lease per appliance: whose it is, and when an absent holder is proved and not guessed.

The rule. A Lease is taken over from a holder only when both kinds of evidence say that nobody is there:

1. *No heartbeat.* The observer itself has watched, on its own monotonic clock, that ``renewTime`` did not move for the whole
   ``leaseDurationSeconds``. The time written in it is never compared with the observer's: two controllers' clocks are
   two clocks (client-go's leader election does the same, ``tools/leaderelection``).
2. *No session.* No living PostgreSQL backend holds the advisory lock of everything that changes the appliance's databases.
   Where PostgreSQL cannot be asked although it runs, the answer is unknown, and unknown is not "nobody".

A holder whose end was seen needs no such proof: the process that renews beside a play gives the Lease back when the last
process of the play is gone, and writes down who was cut off.

A running bootstrap Job is no evidence either way: it outlives its controller on purpose, and the next run adopts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..states import Reason

# client-go's default for leader election: long enough for a loaded controller and a restarted API server, short enough
# for an operator whose run was killed and who starts the next.
DURATION_SECONDS = 15
# A third of the duration, so that two renewals in a row may be lost.
RENEW_SECONDS = 5.0

# Where PostgreSQL is in one of these states, no session can hold its advisory lock. A connection that ended, a port-forward that
# was refused and a node that does not answer say nothing about the sessions of others.
NO_SESSIONS = (Reason.SERVICE_NOT_FOUND, Reason.NO_RUNNING_POD, Reason.CONNECTION_FAILED)


class Standing(StrEnum):
    """How a Lease stands for one observer."""

    FREE = "free"
    OURS = "ours"
    HELD = "held"
    SILENT = "silent"
    STALE = "stale"


@dataclass(frozen=True)
class Lease:
    """A Lease as the API server has it.

    :param holder: identity of the holder; empty when nobody holds it.
    :param acquired_at: time in the holder's clock, for people only.
    :param renewed_at: time in the holder's clock; only whether it moves means something.
    :param seconds: how long a holder may be silent.
    :param transitions: how often it changed hands.
    :param cut_off: the last holder, where it ended without releasing the Lease.
    :param version: the object's resourceVersion; empty when the object does not exist.
    """

    holder: str = ""
    acquired_at: str = ""
    renewed_at: str = ""
    seconds: int = DURATION_SECONDS
    transitions: int = 0
    cut_off: str = ""
    version: str = ""

    def described(self) -> str:
        """The holder as a message names it."""
        return f"{self.holder}, which acquired it at {self.acquired_at} and last renewed it at {self.renewed_at} by its own clock"


@dataclass(frozen=True)
class Sighting:
    """What one observer has seen, in seconds of its own monotonic clock.

    :param since: since when the heartbeat has stood still under its eyes.
    :param at: when it looked last.
    """

    lease: Lease
    since: float
    at: float


def sight(before: Sighting | None, lease: Lease, now: float) -> Sighting:
    """Add one look to what was seen before.

    An observer that did not look for longer than a holder takes from one renewal to the next has not watched: it was stopped,
    or the API server was away, and then the holder could not renew either. Its watch begins anew.
    """
    still = (
        before is not None
        and (before.lease.holder, before.lease.renewed_at) == (lease.holder, lease.renewed_at)
        and now - before.at <= RENEW_SECONDS
    )
    return Sighting(lease, before.since if before is not None and still else now, now)


def stand(seen: Sighting, holder: str) -> Standing:
    """Say how the Lease stands for a holder that looks at it; ``SILENT`` still needs the other half of the proof."""
    if not seen.lease.holder:
        return Standing.FREE
    if seen.lease.holder == holder:
        return Standing.OURS
    return Standing.SILENT if seen.at - seen.since > seen.lease.seconds else Standing.HELD


def prove(standing: Standing, sessions: str) -> Standing:
    """Add the second half of the proof to the first.

    :param sessions: the sessions that hold the advisory lock, or why they are unknown; empty when there are none.
    """
    return Standing.STALE if standing is Standing.SILENT and not sessions else standing
