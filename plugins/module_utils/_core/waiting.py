# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds a pod up, in Kubernetes' own words, and whether it can pass by itself (R10, R11, R12)."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from .bootstrap.resources import amount
from .counting import counted

Json = t.Mapping[str, t.Any]

CRASH = "CrashLoopBackOff"
# The kubelet waits 10, 20, 40 and 80 seconds before it starts a container again (Kubernetes: Pod Lifecycle, restart policy).
CRASHES = 4
# So many of them have to be seen by the wait itself: the second of these starts came after whatever was mended before.
FRESH = 2
# Whatever makes Secrets from elsewhere, and the kubelet's next look at them, take less than this.
SETTLED_SECONDS = 60.0
# What the kubelet says of a container that it cannot even begin to make: the object behind it has to change.
_UNMAKEABLE = ("CreateContainerConfigError", "InvalidImageName", "ErrImageNeverPull")
# How the quota admission plugin says what it counted; there is no field for it (Kubernetes: Resource Quotas).
_COUNTED = re.compile(r"requested: (\S+), used: \S+, limited: (\S+)")


@dataclass(frozen=True)
class Held:
    """One thing that holds something up.

    :param kind: what of it stays the same while nothing changes: no back-off's seconds and no number of restarts.
    :param said: Kubernetes' own words.
    """

    kind: str
    said: str


def containers(pod: Json) -> list[t.Any]:
    """The statuses of a pod's containers, those of init containers first."""
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def of_pod(pod: Json) -> list[Held]:
    """What holds a pod up, by its conditions and its containers; nothing where it runs, or an image is on its way."""
    status = pod.get("status") or {}
    held = []
    if status.get("reason"):
        held.append(Held(status["reason"], _joined(status["reason"], status.get("message"))))
    for condition in status.get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            reason = condition.get("reason") or "not scheduled"
            held.append(Held(reason, _joined(reason, condition.get("message"))))
    for entry in containers(pod):
        waiting = (entry.get("state") or {}).get("waiting") or {}
        reason = waiting.get("reason") or ""
        if reason and reason not in ("PodInitializing", "ContainerCreating"):
            held.append(Held(reason, _joined(reason, waiting.get("message"))))
        if end := crash(entry):
            name = entry.get("name", "")
            code, why = end.get("exitCode"), end.get("reason") or ""
            said = f"container {name} ended {counted(entry['restartCount'] or 1, 'time')}, last with exit code {code} ({why})"
            held.append(Held(f"{name} {code} {why}", _joined(said, end.get("message"))))
    return held


def crash(entry: Json) -> Json | None:
    """How a container ended last that was started again, or is to be, and is not ready; None for any other."""
    if entry.get("ready"):
        return None
    state, last = entry.get("state") or {}, entry.get("lastState") or {}
    end = state.get("terminated") or last.get("terminated")
    backs_off = (state.get("waiting") or {}).get("reason") == CRASH
    return end if end and (entry.get("restartCount") or backs_off) and end.get("exitCode") else None


def ended(pod: Json, container: str) -> Json | None:
    """How a container came to its end; None while it has not. The pod's phase tells nothing where a sidecar goes on (R14)."""
    for entry in (pod.get("status") or {}).get("containerStatuses") or []:
        if entry.get("name") == container and (end := (entry.get("state") or {}).get("terminated")):
            return t.cast("Json", end)
    return None


def goes_on(pod: Json, container: str) -> bool:
    """Tell whether another container of the pod runs; the phase is Running for a moment after the last one has ended (R14)."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return any("running" in (entry.get("state") or {}) for entry in statuses if entry.get("name") != container)


def is_ready(pod: Json) -> bool:
    """Tell whether a pod is ready."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def may_pass(refusal: str) -> bool:
    """Tell whether a refused pod may be let in later.

    A quota that others have used up is given back when they end; one that is too small for this pod alone is not, and neither is
    a quota that wants a limit which the pod does not have, a LimitRange, PodSecurity or a missing ServiceAccount.
    """
    counted = _COUNTED.search(refusal)
    if counted is None:
        return False
    requested, limited = (dict(each.partition("=")[::2] for each in part.rstrip(".;").split(",")) for part in counted.groups())
    return all(amount(asked) <= amount(limited.get(name) or asked) for name, asked in requested.items())


def newest(events: t.Iterable[Json]) -> Json | None:
    """The event that was seen last."""
    return max(events, key=_seen, default=None)


def _seen(event: Json) -> str:
    series = event.get("series") or {}
    moments = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return max((str(moment)[:19] for moment in moments if moment), default="")


def _joined(reason: str, message: str | None) -> str:
    return f"{reason}: {message}" if message else reason


@dataclass
class Judge:
    """Tells what cannot pass by itself, from what one wait has seen so far.

    A container that waits for its database, or for a file, crashes a few times and then comes up, so neither a crash nor a
    back-off is an end. It is one once the container was started again :data:`CRASHES` times and ended with the same exit code and
    reason each time, and while every other pod is well or crashes too: what it needs may be what is still being pulled or placed.
    That takes two minutes and a half at most. Of the crashes before this wait all but :data:`FRESH` count, because whoever runs a
    playbook again may have mended their cause.
    """

    _since: dict[tuple[str, str], float] = field(default_factory=dict)
    _ends: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def final(self, pods: t.Sequence[Json], now: float) -> str:
        """Say what cannot pass by itself; empty where everything still can.

        :param pods: everything that this wait depends on, as it is now.
        :param now: seconds on a monotonic clock.
        """
        self._since = {
            (_name(pod), held.kind): self._since.get((_name(pod), held.kind), now) for pod in pods for held in of_pod(pod)
        }
        lasting = [
            f"pod {_name(pod)}: {held.said}"
            for pod in pods
            for held in of_pod(pod)
            if held.kind in _UNMAKEABLE and now - self._since[_name(pod), held.kind] >= SETTLED_SECONDS
        ]
        again = [pod for pod in pods if self._crashes_again(pod)]
        others = [pod for pod in pods if not _is_well(pod) and not any(map(crash, containers(pod)))]
        if again and not others:
            lasting += [f"pod {_name(pod)}: {held.said}" for pod in again for held in of_pod(pod)]
        return "; ".join(dict.fromkeys(lasting))

    def _crashes_again(self, pod: Json) -> bool:
        """Tell whether a container of the pod has ended in the same way often enough."""
        found = False
        for entry in containers(pod):
            key = (str((pod["metadata"]).get("uid") or _name(pod)), str(entry.get("name")))
            restarts, end = int(entry.get("restartCount") or 0), crash(entry)
            how = f"{end.get('exitCode')} {end.get('reason')}" if end else ""
            known, first = self._ends.get(key, (how, max(0, restarts - CRASHES + FRESH)))
            if how and how != known:
                first = restarts
            self._ends[key] = (how or known, first)
            backs_off = ((entry.get("state") or {}).get("waiting") or {}).get("reason") == CRASH
            found = found or (backs_off and bool(how) and restarts - first >= CRASHES)
        return found


def _name(pod: Json) -> str:
    return str(pod["metadata"]["name"])


def _is_well(pod: Json) -> bool:
    """Tell whether nothing has to be waited for: a pod is ready, over, or about to go."""
    over = "deletionTimestamp" in pod["metadata"] or (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    return over or is_ready(pod)
