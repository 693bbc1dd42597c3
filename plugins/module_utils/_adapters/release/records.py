# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helm's records of a release, read over the connection that is open anyway: a run of helm takes far longer."""

from __future__ import annotations

from ..._core.errors import ObservationFailed
from ..._core.release.record import Release, last, selector
from ..._core.states import Reason
from ..cluster.kubernetes import KubernetesApi, path


def find(api: KubernetesApi, namespace: str, release: str) -> Release | None:
    """Read a release; ``None`` when helm has no record of it.

    Records are Secrets: helm is run without the caller's HELM_DRIVER, which would have it keep them elsewhere (R19).

    :raises ObservationFailed: when its last record cannot be read.
    """
    try:
        return last(api.items(path("secrets", namespace), labelSelector=selector(release)))
    except ValueError as error:
        raise ObservationFailed(
            f"Helm release {namespace}/{release} could not be read: {error}.",
            reason=Reason.API_ERROR,
            next_action=f"Check helm status {release} --namespace {namespace}, then run the same playbook again.",
        ) from error


def forget(api: KubernetesApi, namespace: str, release: str, status: str) -> None:
    """Delete the records of a release that have a status."""
    records = path("secrets", namespace)
    for record in api.items(records, labelSelector=selector(release, status=status)):
        api.delete(f"{records}/{record['metadata']['name']}")
