# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look into the database's volume while no PostgreSQL runs on it."""

from __future__ import annotations

from .._adapters.claim_users import container, is_running, stateful_sets, users
from .._adapters.kubernetes import KubernetesApi
from .._adapters.volume_contents import inside
from .._core.contents import Contents
from .._core.errors import ObservationFailed
from .._core.states import Reason


def at_rest(api: KubernetesApi, namespace: str, claim: str, helper_image: str) -> Contents | None:
    """Look into the volume with the image that the database would be started with.

    Where there is no StatefulSet, or its image cannot be had, another image looks, and no version is compared: an image that
    cannot be pulled must not keep the operator from naming a better one.

    :returns: None where PostgreSQL runs or nothing is bound to the claim.
    :raises ObservationFailed: when the volume could not be looked into.
    """
    for workload in stateful_sets(api, namespace, claim):
        if database := container(workload, claim):
            try:
                return before_start(api, namespace, claim, database["image"], pull=database.get("imagePullPolicy", ""))
            except ObservationFailed as error:
                if error.reason is not Reason.LOOK_FAILED:
                    raise
    fix = f"Check that alga_helper_image {helper_image} can be pulled and that pods can mount the volume."
    return before_start(api, namespace, claim, helper_image, fix=fix)


def before_start(
    api: KubernetesApi,
    namespace: str,
    claim: str,
    image: str,
    *,
    pull: str = "IfNotPresent",
    fix: str = "Check that the image exists and can be pulled; correct it in alga_values, then run the playbook again.",
) -> Contents | None:
    """Look into the volume with a given image; None where PostgreSQL runs or nothing is bound to the claim.

    A first start may come in between, and its initdb would be taken for one that was killed; so what was read then is no
    answer. A container that runs after a crash is another matter, because initdb never runs twice on one data directory.
    """
    if any(is_running(pod) for pod in users(api, namespace, claim)):
        return None
    seen = inside(api, namespace, claim, image, pull=pull, fix=fix)
    started = [pod for pod in users(api, namespace, claim) if is_running(pod)]
    crashed = any(
        "terminated" in (status.get("lastState") or {}) for pod in started for status in pod["status"]["containerStatuses"]
    )
    return None if started and not crashed else seen
