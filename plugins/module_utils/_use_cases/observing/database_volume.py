# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look into the database's volume while no PostgreSQL runs on it."""

from __future__ import annotations

from ..._adapters.cluster.kubernetes import KubernetesApi
from ..._adapters.storage.claim_users import container, is_running, stateful_sets, users
from ..._adapters.storage.volume_contents import inside
from ..._core.errors import ObservationFailed
from ..._core.states import Reason
from ..._core.storage.contents import Contents


def at_rest(api: KubernetesApi, namespace: str, claim: str, *, helper_image: str, first_run: bool) -> Contents | None:
    """Look into the volume with the image that the database would be started with.

    Where there is no StatefulSet, or its image cannot be had, another image looks, and no version is compared: an image that
    cannot be pulled must not keep the operator from naming a better one.

    :param first_run: whether a first run has begun on the claim and not ended. A PostgreSQL that was started again during one
        may run on what a killed initdb left, so its volume is looked into, too (F35).
    :returns: None where PostgreSQL runs or nothing is bound to the claim.
    :raises ObservationFailed: when the volume could not be looked into.
    """
    if _runs(api, namespace, claim, restarted=not first_run):
        return None
    seen = _look(api, namespace, claim, helper_image)
    return None if _runs(api, namespace, claim, restarted=False) else seen


def _look(api: KubernetesApi, namespace: str, claim: str, helper_image: str) -> Contents | None:
    for workload in stateful_sets(api, namespace, claim):
        if database := container(workload, claim):
            try:
                return inside(api, namespace, claim, database["image"], pull=database.get("imagePullPolicy", ""), fix="")
            except ObservationFailed as error:
                if error.reason is not Reason.LOOK_FAILED:
                    raise
    fix = f"Check that alga_helper_image {helper_image} can be pulled and that pods can mount the volume."
    return inside(api, namespace, claim, helper_image, fix=fix)


def before_start(api: KubernetesApi, namespace: str, claim: str, image: str, pull: str) -> Contents | None:
    """Look into the volume with a given image; None where PostgreSQL runs or nothing is bound to the claim."""
    if _runs(api, namespace, claim, restarted=True):
        return None
    fix = "Check that the image exists and can be pulled; correct db.image in alga_values, then run the playbook again."
    seen = inside(api, namespace, claim, image, pull=pull, fix=fix)
    return None if _runs(api, namespace, claim, restarted=False) else seen


def _runs(api: KubernetesApi, namespace: str, claim: str, *, restarted: bool) -> bool:
    """Tell whether PostgreSQL runs on a claim.

    A first start may come while somebody looks, and its initdb would be taken for one that was killed. A container that runs
    after a crash is another matter, because initdb never runs twice on one data directory.

    :param restarted: whether a container that crashed before counts.
    """
    return any(
        restarted or not any("terminated" in (status.get("lastState") or {}) for status in pod["status"]["containerStatuses"])
        for pod in users(api, namespace, claim)
        if is_running(pod)
    )
