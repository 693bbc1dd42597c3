# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the appliance's data is: claims and volumes, and what only the nodes know."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._adapters.cluster.kubernetes import KubernetesApi
from ..._adapters.storage import storage
from ..._core import names
from ..._core.appliance.appliance import Appliance
from ..._core.storage.storage import StorageObservation
from .._options import Claims
from .database_volume import at_rest

# Of a claim that nobody gave one.
SIZE = "20Gi"


def claim_object(namespace: str, name: str, storage_class: str, size: str) -> dict[str, t.Any]:
    """A claim that no release owns and none deletes."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {names.MANAGED_BY_LABEL: names.FIELD_MANAGER},
            "annotations": {names.KEEP_ANNOTATION: names.KEEP},
        },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage_class,
            "resources": {"requests": {"storage": size}},
        },
    }


def listed(api: KubernetesApi, appliance: Appliance, *, image: str = "") -> StorageObservation:
    """Look at claims and volumes, and at the nodes' directories with an image to look with."""
    return storage.observe(
        api,
        namespace=appliance.namespace,
        claims=tuple(appliance.claims.values()),
        database_claim=appliance.database_claim,
        image=image,
    )


def observe(api: KubernetesApi, options: Claims) -> StorageObservation:
    """Look at claims and volumes, and further only where those leave a question open.

    The nodes' directories are looked at where a claim could have lost its data, the database's volume where no PostgreSQL runs
    on it, or one that was started again during a first run. Each of these looks needs a short pod, so an appliance that is there
    and runs never pays for one.
    """
    appliance = options.appliance
    seen = listed(api, appliance)
    if _is_open(seen, appliance.claims.values()):
        seen = listed(api, appliance, image=options.helper_image)
    if any(volume.claim == seen.database_claim for volume in seen.stranded):
        return seen  # No pod that looks could ever be scheduled.
    contents = at_rest(
        api, seen.namespace, seen.database_claim, helper_image=options.helper_image, first_run=bool(seen.first_run)
    )
    return dataclasses.replace(seen, contents=contents)


def _is_open(seen: StorageObservation, claims: t.Iterable[str]) -> bool:
    """Tell whether a directory could hold data that no claim and no volume speaks of.

    The claim of the stored files waits for its first pod, so it answers by existing; the database's answers by its volume. One
    whose volume is gone answers nothing.
    """
    answered = {volume.claim for volume in seen.volumes}
    answered |= {claim.name for claim in seen.claims if claim.volume or claim.name != seen.database_claim}
    answered -= {claim.name for claim in seen.claims if claim.lost} | {volume.claim for volume in seen.stranded}
    return not answered.issuperset(claims)
