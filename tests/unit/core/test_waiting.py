# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds a pod up and whether it can pass by itself: a crash may, the fifth of the same kind under the eyes of a wait not."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.waiting import (
    CRASHES,
    SETTLED_SECONDS,
    Judge,
    may_pass,
    newest,
    of_pod,
)

Pod = dict[str, t.Any]


def pod(*statuses: dict[str, t.Any], name: str = "app", phase: str = "Running", ready: bool = False, **more: t.Any) -> Pod:
    conditions = [{"type": "Ready", "status": str(ready)}]
    status = {"phase": phase, "conditions": conditions, "containerStatuses": list(statuses), **more}
    return {"metadata": {"name": name, "uid": name}, "status": status}


def waits(reason: str, message: str = "why") -> dict[str, t.Any]:
    return {"name": "c", "state": {"waiting": {"reason": reason, "message": message}}}


def crashed(restarts: int, code: int = 1, *, backs_off: bool = True) -> dict[str, t.Any]:
    state: dict[str, t.Any] = {"running": {}}
    if backs_off:
        state = {"waiting": {"reason": "CrashLoopBackOff", "message": f"back-off {10 * 2**restarts}s"}}
    end = {"terminated": {"exitCode": code, "reason": "Error", "message": "permission denied"}}
    return {"name": "c", "restartCount": restarts, "state": state, "lastState": end}


UNSCHEDULABLE = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "1 node(s) were unschedulable"}


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (pod(), []),
        (pod(waits("ContainerCreating")), []),
        (pod(waits("ErrImagePull")), ["ErrImagePull: why"]),
        (pod(phase="Pending", conditions=[UNSCHEDULABLE]), ["Unschedulable: 1 node(s) were unschedulable"]),
        (pod(phase="Failed", reason="Evicted", message="The node was low on memory."), ["Evicted: The node was low on memory."]),
        (
            pod(crashed(3)),
            ["CrashLoopBackOff: back-off 80s", "container c ended 3 times, last with exit code 1 (Error): permission denied"],
        ),
        (pod(crashed(2, backs_off=False)), ["container c ended 2 times, last with exit code 1 (Error): permission denied"]),
        (pod({**crashed(2, backs_off=False), "ready": True}), []),
        (pod({"name": "c", "restartCount": 0, "state": {"terminated": {"exitCode": 1}}}), []),
    ],
)
def test_what_holds_a_pod_in_kubernetes_own_words_r11_r12(held: Pod, said: list[str]) -> None:
    assert [each.said for each in of_pod(held)] == said


def test_what_only_counts_on_is_the_same_kind_f28() -> None:
    assert [each.kind for each in of_pod(pod(crashed(2)))] == [each.kind for each in of_pod(pod(crashed(7)))]


def judged(looks: t.Iterable[list[Pod]], seconds: float = 1.0) -> list[str]:
    judge = Judge()
    return [judge.final(pods, number * seconds) for number, pods in enumerate(looks)]


def test_a_container_that_crashes_in_the_same_way_again_and_again_is_final_r12() -> None:
    said = judged([[pod(crashed(restarts))] for restarts in range(CRASHES + 1)])
    assert not any(said[:-1]) and "exit code 1 (Error): permission denied" in said[-1]


def test_of_a_container_that_crashed_before_two_more_crashes_are_enough_r12() -> None:
    early, next_one, last = judged([[pod(crashed(restarts))] for restarts in (50, 51, 52)])
    assert (early, next_one) == ("", "") and "ended 52 times" in last


@pytest.mark.parametrize(
    "looks",
    [
        # It comes up at last.
        [[pod(crashed(restarts))] for restarts in range(CRASHES)] + [[pod(crashed(CRASHES, backs_off=False))]],
        # It gets on: the end is another one.
        [[pod(crashed(restarts, code=1 + restarts // 3))] for restarts in range(2 * CRASHES)],
        # It has crashed long before this wait began, and nobody has seen why.
        [[pod(crashed(50))], [pod(crashed(51))]],
        # What it needs is still on its way.
        [[pod(crashed(restarts)), pod(waits("ContainerCreating"), name="redis")] for restarts in range(9)],
        # It is another pod each time.
        [[{**pod(crashed(restarts)), "metadata": {"name": "app", "uid": str(restarts)}}] for restarts in range(9)],
    ],
)
def test_a_crash_that_may_pass_is_outlived_r12(looks: list[list[Pod]]) -> None:
    assert not any(judged(looks))


@pytest.mark.parametrize(
    "other", [pod(name="redis", ready=True), pod(name="old", phase="Succeeded"), pod(crashed(1), name="worker")]
)
def test_what_is_well_or_crashes_too_is_not_waited_for_r12(other: Pod) -> None:
    assert judged([[pod(crashed(restarts)), other] for restarts in range(CRASHES + 1)])[-1]


@pytest.mark.parametrize(
    ("reason", "final"),
    [
        ("CreateContainerConfigError", True),
        ("InvalidImageName", True),
        ("ErrImageNeverPull", True),
        ("ImagePullBackOff", False),
        ("ContainerCreating", False),
    ],
)
def test_what_the_kubelet_cannot_make_is_final_once_it_has_lasted_r12(reason: str, final: bool) -> None:
    early, late = judged([[pod(waits(reason))], [pod(waits(reason))]], SETTLED_SECONDS)
    assert (early, bool(late)) == ("", final)
    passing = judged([[pod(waits(reason))], [pod()], [pod(waits(reason))]], SETTLED_SECONDS)
    assert not any(passing), "it had passed in between"


@pytest.mark.parametrize(
    ("refusal", "passes"),
    [
        ("exceeded quota: q, requested: limits.cpu=1, used: limits.cpu=2, limited: limits.cpu=2.", True),
        ("exceeded quota: q, requested: limits.cpu=1,pods=1, used: limits.cpu=0,pods=3, limited: limits.cpu=1,pods=3.", True),
        ("exceeded quota: q, requested: limits.cpu=1, used: limits.cpu=0, limited: limits.cpu=10m.", False),
        ("failed quota: q: must specify limits.cpu for: bootstrap", False),
        ('pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true', False),
        ('pods "x" is forbidden: error looking up service account msp/app: serviceaccount "app" not found', False),
    ],
)
def test_only_a_quota_that_others_have_used_up_gives_way_r10(refusal: str, passes: bool) -> None:
    assert may_pass(refusal) is passes


def test_the_newest_event_counts_whichever_way_it_was_counted() -> None:
    old, series = {"lastTimestamp": "2026-01-01T00:00:01Z"}, {"series": {"lastObservedTime": "2026-01-01T00:00:03.1Z"}}
    new = {"lastTimestamp": None, "eventTime": "2026-01-01T00:00:02.000001Z"}
    assert newest([old, series, new]) is series and newest([old, new]) is new and newest([]) is None
