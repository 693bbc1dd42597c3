# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The appliance's Lease in Kubernetes: acquire, renew and release, each by compare-and-set on its resourceVersion."""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t
from dataclasses import dataclass
from datetime import UTC, datetime

from ..._core import names
from ..._core.errors import ActionFailed, ObservationFailed, Refused
from ..._core.lease.lease import DURATION_SECONDS, RENEW_SECONDS, Lease, Sighting, Standing, prove, sight, stand
from ..clock import wait_until
from ..cluster.api_answers import Conflict, NotFound
from ..cluster.kubernetes import Json, KubernetesApi, path

COORDINATION = "/apis/coordination.k8s.io/v1"
# Waits so many seconds at most; tells whether the end has come.
Ended = t.Callable[[float], bool]
# A holder's own processes renew side by side, so a lost race is met again; this many in a row are no race any more.
ATTEMPTS = 10


@dataclass(frozen=True)
class Look:
    """One look at the Lease: how it stands for this holder, and the sessions that speak against taking it over."""

    standing: Standing
    lease: Lease
    sessions: str = ""
    taken: bool = False

    def described(self) -> str:
        """What was seen, for the end of the wait."""
        kept = f"; its heartbeat has stopped, but there is evidence that it is alive: {self.sessions}" if self.sessions else ""
        return f"it is held by {self.lease.described()}{kept}"


def where(namespace: str) -> str:
    """The Lease as a message names it."""
    return f"Lease {namespace}/{names.LEASE}"


def read(api: KubernetesApi, namespace: str) -> Lease:
    """Read the Lease; one that does not exist is held by nobody."""
    found = api.get(_path(namespace))
    return _parse(found) if found else Lease()


def acquire(
    api: KubernetesApi,
    namespace: str,
    holder: str,
    *,
    wait_timeout: float,
    sessions: t.Callable[[], str],
    tell: t.Callable[[str], None],
) -> Look:
    """Take the Lease where it is free or its holder is proved to be gone; wait while a holder is alive (F20).

    :param wait_timeout: seconds in total. A holder that renews is alive, and its renewals are no progress of this wait.
    :param sessions: names the sessions that hold the advisory lock, or says why they are unknown.
    :param tell: tells the operator at once whom the wait is for.
    :returns: the Lease as it stood before it was taken.
    :raises Refused: when wait_timeout ended; names the holder. Also where the namespace does not exist.
    """
    seen: Sighting | None = None
    told = ""

    def look() -> Look:
        nonlocal seen, told
        lease = read(api, namespace)
        seen = sight(seen, lease, time.monotonic())
        standing = stand(seen, holder)
        witnesses = sessions() if standing is Standing.SILENT else ""
        standing = prove(standing, witnesses)
        if standing in (Standing.FREE, Standing.STALE):
            return Look(standing, lease, taken=_take(api, namespace, holder, lease))
        if standing is Standing.OURS:
            return Look(standing, lease, taken=_write(api, namespace, lease, {"renewTime": _now()}))
        if told != lease.holder:
            told = lease.holder
            tell(f"{where(namespace)} is held by {lease.described()}. Waiting for it, {wait_timeout:g} seconds at most.")
        return Look(standing, lease, witnesses)

    last = look()
    if not last.taken:
        last = _wait(look, last, namespace, wait_timeout)
    return last


def _wait(look: t.Callable[[], Look], last: Look, namespace: str, wait_timeout: float) -> Look:
    def again() -> Look:
        nonlocal last
        last = look()
        return last

    try:
        return wait_until(
            again,
            lambda seen: seen.taken,
            what=f"{where(namespace)}, which lets one run at a time change the appliance",
            progress_timeout=wait_timeout,
            describe=Look.described,
            next_action="Nothing was changed. Wait until that run has finished, or stop it, then run the playbook again.",
        )
    except ActionFailed as error:
        evidence = {"state": last.standing.value, "held_by": last.lease.holder, "sessions": last.sessions}
        raise Refused(str(error), next_action=error.next_action, evidence=evidence) from None


def renew(api: KubernetesApi, namespace: str, holder: str) -> None:
    """Renew the Lease, which is at the same time the proof that it is still ours.

    :raises Refused: when it is not; names the new holder.
    """
    for _attempt in range(ATTEMPTS):
        lease = read(api, namespace)
        if lease.holder != holder:
            now = f"it is held by {lease.described()}" if lease.holder else "nobody holds it"
            raise Refused(
                f"{where(namespace)} was acquired by {holder}, which no longer holds it: {now}. Nothing more was changed. "
                "Check what the other run does, then run the playbook again.",
                evidence={"held_by": lease.holder},
            )
        if _write(api, namespace, lease, {"renewTime": _now()}):
            return
    raise ActionFailed(
        f"Could not renew {where(namespace)} for {holder}: {ATTEMPTS} times in a row somebody else changed it at the same "
        "moment. Nothing more was changed. Find out what else writes it, then run the playbook again."
    )


def release(api: KubernetesApi, namespace: str, holder: str, *, cut_off: str | None = None) -> Lease:
    """Give the Lease back where it is still ours.

    :param cut_off: the holder, where it ended without doing this itself.
    :returns: the Lease as it stood before.
    :raises ActionFailed: when others write it all the time.
    """
    spec = {"holderIdentity": "", "renewTime": _now()}
    for _attempt in range(ATTEMPTS):
        lease = read(api, namespace)
        if lease.holder != holder or _write(api, namespace, lease, spec, cut_off=cut_off):
            return lease
    raise ActionFailed(
        f"Could not release {where(namespace)} for {holder}: {ATTEMPTS} times in a row somebody else changed it at the same "
        f"moment. It expires by itself {DURATION_SECONDS} seconds after this run has ended."
    )


def beat(api: KubernetesApi, namespace: str, holder: str, ended: Ended) -> bool:
    """Renew the Lease every few seconds until the end, or until it is no longer ours; tells whether it was the end."""
    while not ended(RENEW_SECONDS):
        try:
            renew(api, namespace, holder)
        except ObservationFailed:
            continue  # the API server is away: whoever watches cannot see the Lease either
        except (Refused, ActionFailed):
            return False  # the next change renews before it begins, and says so
    return True


@contextlib.contextmanager
def kept(api: KubernetesApi, beside: KubernetesApi, namespace: str, holder: str) -> t.Iterator[t.Callable[[], None]]:
    """Hold the Lease by a heartbeat while something is done.

    :param api: a client for the checks.
    :param beside: a client for the heartbeat, which uses it while the work goes on.
    :returns: a check for right before each change: it renews, and so refuses when the Lease is no longer ours.
    :raises Refused: at once, when it is not ours.
    """

    def check() -> None:
        renew(api, namespace, holder)

    check()
    ended = threading.Event()
    heart = threading.Thread(target=beat, args=(beside, namespace, holder, ended.wait), name="lease", daemon=True)
    heart.start()
    try:
        yield check
    finally:
        ended.set()
        heart.join()


def _path(namespace: str) -> str:
    return path("leases", namespace, names.LEASE, group=COORDINATION)


def _now() -> str:
    """The time as Kubernetes' MicroTime."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _parse(found: Json) -> Lease:
    spec = found.get("spec") or {}
    return Lease(
        holder=spec.get("holderIdentity") or "",
        acquired_at=spec.get("acquireTime") or "an unknown time",
        renewed_at=spec.get("renewTime") or "an unknown time",
        seconds=spec.get("leaseDurationSeconds") or DURATION_SECONDS,
        cut_off=(found["metadata"].get("annotations") or {}).get(names.CUT_OFF_ANNOTATION, ""),
        transitions=spec.get("leaseTransitions") or 0,
        version=found["metadata"]["resourceVersion"],
    )


def _take(api: KubernetesApi, namespace: str, holder: str, lease: Lease) -> bool:
    """Write ourselves into the Lease as it was seen; false when somebody else was faster.

    :raises Refused: when there is no namespace for it.
    """
    now = _now()
    spec = {
        "holderIdentity": holder,
        "leaseDurationSeconds": DURATION_SECONDS,
        "acquireTime": now,
        "renewTime": now,
        "leaseTransitions": lease.transitions + 1 if lease.version else 0,
    }
    if lease.version:
        return _write(api, namespace, lease, spec)
    labels = {names.MANAGED_BY_LABEL: names.FIELD_MANAGER}
    metadata = {"name": names.LEASE, "namespace": namespace, "labels": labels}
    body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}
    try:
        api.create(path("leases", namespace, group=COORDINATION), body)
    except Conflict:
        return False
    except NotFound:
        raise Refused(
            f"Could not acquire {where(namespace)}: namespace {namespace} does not exist. Create it first, or correct "
            "alga_namespace."
        ) from None
    return True


def _write(api: KubernetesApi, namespace: str, lease: Lease, spec: Json, *, cut_off: str | None = None) -> bool:
    """Change the Lease where nobody has written it since it was read; false when somebody has, or it is gone."""
    annotations = {names.CUT_OFF_ANNOTATION: cut_off}
    metadata = {"resourceVersion": lease.version, "annotations": annotations}
    try:
        api.merge(_path(namespace), {"metadata": metadata, "spec": spec})
    except (Conflict, NotFound):
        return False
    return True
