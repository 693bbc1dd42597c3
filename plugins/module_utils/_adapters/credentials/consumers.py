# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pods that use a Secret really have: a variable keeps the value that it had when its container started (U12)."""

from __future__ import annotations

import hmac
import typing as t

from ..._core.credentials import userlist
from ..._core.credentials.drift import Consumers
from ..._core.errors import ObservationFailed
from ..._core.states import PASSING_READS
from ..cluster.kubernetes import Json, KubernetesApi
from ..storage.claim_users import is_running, mounts

# The environment of the container's first process, with which it was started (proc(5)).
_ENVIRONMENT = ("cat", "/proc/1/environ")
# Where the PgBouncer chart's own entrypoint writes it (contract, Workloads).
_USERLIST = ("cat", "/work/userlist.txt")
_POOLER = ("app.kubernetes.io/name", "pgbouncer")


def of(pods: t.Iterable[Json], secret: str, claim: str) -> list[Json]:
    """The pods that run with a Secret and are not about to go.

    PostgreSQL's own, on the claim, reads its variable once in its life and never again.
    """
    return [
        pod
        for pod in pods
        if is_running(pod)
        and "deletionTimestamp" not in pod["metadata"]
        and not mounts(pod["spec"], claim)
        and any(_keys(container, secret) for container in pod["spec"]["containers"])
    ]


def read(api: KubernetesApi, pods: t.Iterable[Json], secret: str, data: t.Mapping[str, bytes]) -> Consumers:
    """Compare the Secret with what its consumers were started with, by asking them.

    :param pods: the pods that use it.
    :param secret: the Secret's name.
    :param data: what it holds now, decoded.
    """
    stale: dict[str, list[str]] = {}
    pooler: dict[str, str] | None = None
    unread: list[ObservationFailed] = []
    for pod in pods:
        for container in pod["spec"]["containers"]:
            keys = _keys(container, secret)
            if not keys or _has_ended(pod, container["name"]):
                continue
            name = pod["metadata"]["name"]
            try:
                started = _variables(api.execute(pod["metadata"]["namespace"], name, container["name"], _ENVIRONMENT))
                if is_pooler(pod):
                    text = api.execute(pod["metadata"]["namespace"], name, container["name"], _USERLIST)
                    pooler = {**(pooler or {}), **userlist.read(text.decode(errors="replace"))}
            except ObservationFailed as error:
                unread.append(error)
                continue
            for variable, key in keys.items():
                if variable in started and not hmac.compare_digest(started[variable], data.get(key, b"")):
                    stale.setdefault(key, []).append(name)
    return Consumers(
        pooler,
        {key: tuple(sorted(set(names))) for key, names in stale.items()},
        " ".join(error.message for error in unread),
        passes=all(error.reason in PASSING_READS for error in unread),
    )


def with_key(pods: t.Iterable[Json], secret: str, key: str) -> list[Json]:
    """The pods of which a container has one key of the Secret."""
    return [pod for pod in pods if any(key in _keys(each, secret).values() for each in pod["spec"]["containers"])]


def is_pooler(pod: Json) -> bool:
    """Tell whether a pod is PgBouncer's."""
    return (pod["metadata"].get("labels") or {}).get(_POOLER[0]) == _POOLER[1]


def addresses(pods: t.Iterable[Json]) -> tuple[str, ...]:
    """Where pods come from on the pod network."""
    return tuple(sorted({pod["status"]["podIP"] for pod in pods if pod["status"].get("podIP")}))


def _has_ended(pod: Json, name: str) -> bool:
    """Tell whether a container does not run; when it starts again, it gets what the Secret holds then (Kubernetes: Secrets)."""
    states = (each.get("state") or {} for each in pod["status"].get("containerStatuses") or [] if each["name"] == name)
    return any("running" not in state for state in states)


def _keys(container: Json, secret: str) -> dict[str, str]:
    """The container's variables that come from the Secret, and their keys."""
    found = {}
    for entry in container.get("env") or []:
        reference = (entry.get("valueFrom") or {}).get("secretKeyRef") or {}
        if reference.get("name") == secret:
            found[entry["name"]] = reference["key"]
    return found


def _variables(text: bytes) -> dict[str, bytes]:
    pairs = (each.partition(b"=") for each in text.split(b"\0") if each)
    return {name.decode(errors="surrogateescape"): value for name, _equals, value in pairs}
