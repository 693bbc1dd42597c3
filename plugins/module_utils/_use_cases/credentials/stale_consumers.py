# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What still has an earlier password: found by asking the pods, and restarted until none is left."""

from __future__ import annotations

import typing as t

from ..._adapters.clock import wait_until
from ..._adapters.cluster.kubernetes import Json, KubernetesApi, path
from ..._adapters.credentials import consumers, rotation
from ..._core.appliance.appliance import Appliance
from ..._core.errors import ActionFailed, ObservationFailed
from ..._core.states import Reason

# How long Kubernetes may show a container that has ended as running; on a busy machine ten seconds were too few.
ENDED_SECONDS = 60.0


def stale(api: KubernetesApi, appliance: Appliance, data: t.Mapping[str, bytes]) -> dict[str, t.Sequence[str]]:
    """The pods that were started with another value than the Secret's, by its key.

    :param data: what the Secret holds, decoded.
    :raises ObservationFailed: when one could not be asked.
    """
    try:
        # One that ended while it was asked is asked again, once Kubernetes shows what became of it.
        seen = wait_until(
            lambda: consumers.read(api, _users(api, appliance), appliance.credentials_secret, data),
            lambda seen: not (seen.unread and seen.passes),
            what=f"the pods that use {appliance.secret} to answer",
            progress_timeout=ENDED_SECONDS,
            describe=lambda seen: seen.unread,
            next_action="",
        )
    except ActionFailed as error:
        raise _unread(error.message) from error
    if seen.unread:
        raise _unread(seen.unread)
    return dict(seen.stale)


def _unread(said: str) -> ObservationFailed:
    return ObservationFailed(f"Could not determine which pods still have old passwords: {said}", reason=Reason.LOOK_FAILED)


def rehearse(api: KubernetesApi, appliance: Appliance, key: str, *, playbook: str) -> None:
    """Let the server check the restart of everything that uses a key; restarts nothing (R6).

    :raises ObservationFailed: when the server refuses one.
    :raises ActionFailed: when a pod belongs to nothing that would make it anew.
    """
    pods = consumers.with_key(_users(api, appliance), appliance.credentials_secret, key)
    users = [pod["metadata"]["name"] for pod in pods]
    rotation.restart(api, appliance.namespace, users, playbook=playbook, dry_run=True)


def _users(api: KubernetesApi, appliance: Appliance) -> list[Json]:
    pods = api.items(path("pods", appliance.namespace))
    return consumers.of(pods, appliance.credentials_secret, appliance.database_claim)


def restart(
    api: KubernetesApi,
    appliance: Appliance,
    data: t.Mapping[str, bytes],
    keys: t.Collection[str],
    *,
    progress_timeout: float,
    playbook: str,
) -> None:
    """Restart what has old values of some keys, and wait until nothing has.

    :param progress_timeout: seconds without progress after which it is given up.
    :param playbook: the one that goes on then.
    :raises ActionFailed: when progress_timeout ended, or a pod belongs to nothing that would make it anew.
    """

    def left() -> list[str]:
        return sorted({pod for key, pods in stale(api, appliance, data).items() if key in keys for pod in pods})

    def looked() -> list[str]:
        try:
            return left()
        except ObservationFailed as error:
            return [error.message]  # a pod that was asked has ended meanwhile; the next look tells

    restarted = rotation.restart(api, appliance.namespace, left(), playbook=playbook)
    wait_until(
        looked,
        lambda pods: not pods,
        what=f"{', '.join(restarted)} to have the new value of {', '.join(keys)}",
        progress_timeout=progress_timeout,
        progress=tuple,
        describe=lambda pods: f"pods {', '.join(pods)} still have the old one",
        next_action=f"Check those pods, then run {playbook} again; it continues from here.",
    )
