# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wait outlives looks that fail with what passes by itself, and nothing else; the timeout counts all the while."""

from __future__ import annotations

import itertools
import time
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.clock import (
    ASK_SECONDS,
    POLL_SECONDS,
    SILENT_SECONDS,
    TELL_SECONDS,
    at_times,
    wait_until,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import PASSING_READS, Reason


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that moves only while somebody sleeps."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))


def wait(looks: t.Iterable[int | Reason], progress_timeout: float = 60) -> int:
    """Wait for 3, over looks that each see a number or fail; the last one goes on for ever."""
    script = list(looks)

    def look() -> int:
        seen = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(seen, Reason):
            raise ObservationFailed(f"GET failed: {seen.value}.", reason=seen)
        return seen

    return wait_until(
        look,
        lambda seen: seen == 3,
        what="it",
        progress_timeout=progress_timeout,
        progress=lambda seen: seen,
        next_action="Look at it.",
    )


@pytest.mark.parametrize("reason", PASSING_READS)
def test_what_passes_by_itself_is_outlived_r36(reason: Reason) -> None:
    assert wait([1, reason, reason, 2, reason, 3]) == 3


@pytest.mark.parametrize("reason", sorted(set(Reason) - set(PASSING_READS)))
def test_every_other_failure_is_an_answer(reason: Reason) -> None:
    with pytest.raises(ObservationFailed) as raised:
        wait([1, reason, 3])
    assert raised.value.reason is reason


@pytest.mark.parametrize("reason", Reason)
def test_a_first_look_that_fails_is_told_at_once(reason: Reason) -> None:
    with pytest.raises(ObservationFailed):
        wait([reason, 3])


def test_failing_looks_are_no_progress_and_the_last_is_told() -> None:
    with pytest.raises(ActionFailed, match=r"no progress for 5 seconds\. Last seen: GET failed: api_unreachable\. Look at it\."):
        wait([1, Reason.API_UNREACHABLE], progress_timeout=5)


def test_progress_after_a_failed_look_renews_the_timeout() -> None:
    stands = [1] * int(4 / POLL_SECONDS)
    assert wait([*stands, Reason.API_ERROR, 2, *[2] * int(4 / POLL_SECONDS), 3], progress_timeout=5) == 3


def test_progress_renews_the_timeout_and_its_end_says_what_was_seen_last_f28() -> None:
    seen = iter(range(100))
    counted = wait_until(
        lambda: next(seen), lambda count: count == 3, what="3", progress_timeout=0.7, progress=lambda count: count, next_action=""
    )
    assert counted == 3, "three looks take longer than the timeout"
    with pytest.raises(ActionFailed, match=r"Gave up waiting for three.*nothing came. Look."):
        wait_until(
            lambda: 1,
            lambda count: count == 3,
            what="three",
            progress_timeout=0,
            describe=lambda _c: "nothing came",
            next_action="Look.",
        )


def test_what_goes_back_and_forth_makes_no_progress_f28() -> None:
    """An image that cannot be pulled says ErrImagePull and ImagePullBackOff in turns, for ever."""
    turns = itertools.cycle(["ErrImagePull", "ImagePullBackOff"])
    looks = iter(range(12))
    with pytest.raises(ActionFailed, match="no progress"):
        wait_until(
            lambda: (next(looks), next(turns))[1],
            lambda _seen: False,
            what="an image",
            progress_timeout=0.7,
            progress=lambda seen: seen,
            next_action="",
        )


def test_what_cannot_pass_by_itself_ends_a_wait_r10() -> None:
    seen = iter(range(100))
    with pytest.raises(
        ActionFailed,
        match=r"Stopped waiting for it after [3-6] seconds, because this does not resolve by itself: no quota\. Look\.",
    ):
        wait_until(
            lambda: next(seen),
            lambda _count: False,
            what="it",
            progress_timeout=600,
            final=lambda count: "no quota." if count > 6 else "",
            next_action="Look.",
        )


def test_a_wait_tells_what_it_waits_for_when_that_changes_and_not_too_often_r12() -> None:
    said: list[tuple[float, str]] = []
    stands = iter([*["pulled"] * 100, *["crashed"] * 100, "over"])
    wait_until(
        lambda: next(stands),
        lambda stand: stand == "over",
        what="it",
        progress_timeout=600,
        tell=lambda sentence: said.append((time.monotonic(), sentence)),
        next_action="",
    )
    assert [sentence for _at, sentence in said] == ["Waiting for it: pulled.", "Waiting for it: crashed."]
    assert said[0][0] >= SILENT_SECONDS and said[1][0] - said[0][0] >= TELL_SECONDS


@pytest.mark.parametrize(("progress_timeout", "every"), [(60, ASK_SECONDS), (1, 0.5), (0, POLL_SECONDS)])
def test_what_is_asked_at_times_keeps_its_answer_in_between(progress_timeout: float, every: float) -> None:
    asked = at_times(time.monotonic, progress_timeout)
    answers = []
    for _look in range(9):
        answers.append(asked())
        time.sleep(POLL_SECONDS)
    assert answers == [look * POLL_SECONDS // every * every for look in range(9)]


def test_a_quick_wait_says_nothing() -> None:
    stands = iter([*["pulled"] * 5, "over"])
    wait_until(lambda: next(stands), lambda each: each == "over", what="it", progress_timeout=9, tell=pytest.fail, next_action="")


def test_an_explanation_that_fails_for_what_passes_is_asked_for_again() -> None:
    answers = iter([Reason.API_ERROR, "", Reason.API_UNREACHABLE, "no quota"])

    def final(_seen: int) -> str:
        answer = next(answers)
        if isinstance(answer, Reason):
            raise ObservationFailed("No answer.", reason=answer)
        return answer

    with pytest.raises(ActionFailed, match="no quota"):
        wait_until(lambda: 1, lambda _seen: False, what="it", progress_timeout=600, final=final, next_action="")
