# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a holder of the Lease counts as gone (F20)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.lease.lease import (
    DURATION_SECONDS,
    RENEW_SECONDS,
    Lease,
    Sighting,
    Standing,
    prove,
    sight,
    stand,
)

OTHER = Lease("other", "then", "r1", version="1")


def watched(looks: list[tuple[float, Lease]]) -> Sighting:
    """What an observer has seen after these looks."""
    seen: Sighting | None = None
    for now, lease in looks:
        seen = sight(seen, lease, now)
    assert seen
    return seen


def still(seconds: int, lease: Lease = OTHER) -> list[tuple[float, Lease]]:
    """A look a second at a heartbeat that does not move."""
    return [(float(now), lease) for now in range(seconds + 1)]


@pytest.mark.parametrize(
    ("looks", "standing"),
    [
        ([(0.0, Lease())], Standing.FREE),
        ([(0.0, Lease(holder="me"))], Standing.OURS),
        (still(60, Lease(holder="me")), Standing.OURS),
        ([(0.0, OTHER)], Standing.HELD),
        (still(DURATION_SECONDS), Standing.HELD),
        (still(DURATION_SECONDS + 1), Standing.SILENT),
        (still(20, Lease("other", "then", "r1", seconds=60)), Standing.HELD),
        ([*still(20), (21.0, Lease("other", "then", "r2"))], Standing.HELD),
        ([*still(20), (21.0, Lease("another", "then", "r1"))], Standing.HELD),
    ],
)
def test_the_standing_is_what_the_observer_itself_has_watched_f20(looks: list[tuple[float, Lease]], standing: Standing) -> None:
    assert stand(watched(looks), "me") is standing


def test_an_old_time_in_the_lease_alone_proves_nothing_f20() -> None:
    assert stand(watched([(1e9, Lease("other", "1970-01-01", "1970-01-01"))]), "me") is Standing.HELD


def test_who_did_not_look_has_not_watched_f20() -> None:
    assert stand(watched([(0.0, OTHER), (300.0, OTHER)]), "me") is Standing.HELD
    resumed = [(300.0 + now, lease) for now, lease in still(DURATION_SECONDS)]
    assert stand(watched([(0.0, OTHER), *resumed]), "me") is Standing.HELD


@pytest.mark.parametrize(
    ("standing", "sessions", "proved"),
    [
        (Standing.SILENT, "", Standing.STALE),
        (Standing.SILENT, "PostgreSQL process 7", Standing.SILENT),
        (Standing.SILENT, "the password was refused", Standing.SILENT),
        (Standing.HELD, "", Standing.HELD),
        (Standing.OURS, "", Standing.OURS),
        (Standing.FREE, "PostgreSQL process 7", Standing.FREE),
    ],
)
def test_silence_is_half_of_the_proof_f20(standing: Standing, sessions: str, proved: Standing) -> None:
    assert prove(standing, sessions) is proved


@given(
    renewals=st.lists(st.floats(0.1, DURATION_SECONDS - 0.1), min_size=1, max_size=20),
    looks=st.lists(st.floats(0.1, 60), min_size=1, max_size=60),
)
def test_a_holder_that_renews_in_time_is_never_silent_f20(renewals: list[float], looks: list[float]) -> None:
    times = [0.0]
    for gap in renewals:
        times.append(times[-1] + gap)
    seen: Sighting | None = None
    now = 0.0
    for gap in looks:
        now += gap
        if now >= times[-1] + DURATION_SECONDS:
            break
        renewed = max(at for at in times if at <= now)
        seen = sight(seen, Lease("other", "then", str(renewed)), now)
        assert stand(seen, "me") is Standing.HELD


@given(gaps=st.lists(st.floats(0.01, RENEW_SECONDS - 0.01), min_size=1, max_size=200))
def test_a_dead_holder_is_silent_once_its_duration_was_watched_f20(gaps: list[float]) -> None:
    seen = sight(None, OTHER, 0.0)
    now = 0.0
    for gap in gaps:
        now += gap
        seen = sight(seen, OTHER, now)
        assert (stand(seen, "me") is Standing.SILENT) == (now > DURATION_SECONDS)
