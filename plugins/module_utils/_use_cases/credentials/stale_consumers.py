# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What still has an earlier password: found by asking the pods, and restarted until none is left."""

from __future__ import annotations

import typing as t

from ..._adapters.clock import wait_until
from ..._adapters.cluster.kubernetes import Json, KubernetesApi, path
from ..._adapters.credentials import consumers, rotation
from ..._core import names
from ..._core.errors import ObservationFailed
from ..._core.states import Reason
from .._context import Params


def stale(api: KubernetesApi, params: Params, data: t.Mapping[str, bytes]) -> dict[str, t.Sequence[str]]:
    """The pods that were started with another value than the Secret's, by its key.

    :param data: what the Secret holds, decoded.
    :raises ObservationFailed: when one could not be asked.
    """
    seen = consumers.read(api, _users(api, params), params["credentials_secret"], data)
    if seen.unread:
        raise ObservationFailed(
            (f"Could not determine which pods still have old passwords: {seen.unread}"), reason=Reason.LOOK_FAILED
        )
    return dict(seen.stale)


def rehearse(api: KubernetesApi, params: Params, key: str, *, playbook: str) -> None:
    """Let the server check the restart of everything that uses a key; restarts nothing (R6).

    :raises ObservationFailed: when the server refuses one.
    :raises ActionFailed: when a pod belongs to nothing that would make it anew.
    """
    pods = consumers.with_key(_users(api, params), params["credentials_secret"], key)
    users = [pod["metadata"]["name"] for pod in pods]
    rotation.restart(api, params["namespace"], users, playbook=playbook, dry_run=True)


def _users(api: KubernetesApi, params: Params) -> list[Json]:
    claim = names.claims(params["fullname"])[names.DATABASE_SECTION]
    return consumers.of(api.items(path("pods", params["namespace"])), params["credentials_secret"], claim)


def restart(api: KubernetesApi, params: Params, data: t.Mapping[str, bytes], keys: t.Collection[str], *, playbook: str) -> None:
    """Restart what has old values of some keys, and wait until nothing has.

    :param playbook: the one that goes on where this wait is given up.
    :raises ActionFailed: when patience ended, or a pod belongs to nothing that would make it anew.
    """

    def left() -> list[str]:
        return sorted({pod for key, pods in stale(api, params, data).items() if key in keys for pod in pods})

    def looked() -> list[str]:
        try:
            return left()
        except ObservationFailed as error:
            return [error.message]  # a pod that was asked has ended meanwhile; the next look tells

    restarted = rotation.restart(api, params["namespace"], left(), playbook=playbook)
    wait_until(
        looked,
        lambda pods: not pods,
        what=f"{', '.join(restarted)} to have the new value of {', '.join(keys)}",
        patience=params["patience"],
        progress=tuple,
        describe=lambda pods: f"pods {', '.join(pods)} still have the old one",
        next_action=f"Check those pods, then run {playbook} again; it continues from here.",
    )
