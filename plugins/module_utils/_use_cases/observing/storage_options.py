# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options by which a module finds the appliance's volumes."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._adapters.cluster.kubernetes import KubernetesApi
from ..._adapters.storage import storage
from ..._core import names
from ..._core.storage.local_path import HELPER_IMAGE, STORAGE_CLASS
from ..._core.storage.storage import StorageObservation
from .._context import Params, Spec
from .database_volume import at_rest

CLAIMS: Spec = {
    "fullname": {"type": "str", "default": names.FULLNAME},
    "helper_image": {"type": "str", "default": HELPER_IMAGE},
}
SIZES: Spec = {
    "storage_class": {"type": "str", "default": STORAGE_CLASS},
    "sizes": {"type": "dict", "default": {}},
}
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


def listed(api: KubernetesApi, params: Params, *, image: str = "") -> StorageObservation:
    """Look at claims and volumes, and at the nodes' directories with an image to look with."""
    claims = names.claims(params["fullname"])
    return storage.observe(
        api,
        namespace=params["namespace"],
        claims=tuple(claims.values()),
        database_claim=claims[names.DATABASE_SECTION],
        image=image,
    )


def observe(api: KubernetesApi, params: Params) -> StorageObservation:
    """Look at claims and volumes, and further only where those leave a question open.

    The nodes' directories are looked at where a claim could have lost its data, the database's volume where no PostgreSQL runs
    on it, or one that was started again during a first run. Each of these looks needs a short pod, so an appliance that is there
    and runs never pays for one.
    """
    seen = listed(api, params)
    if _is_open(seen, names.claims(params["fullname"]).values()):
        seen = listed(api, params, image=params["helper_image"])
    if any(volume.claim == seen.database_claim for volume in seen.stranded):
        return seen  # No pod that looks could ever be scheduled.
    contents = at_rest(
        api, seen.namespace, seen.database_claim, helper_image=params["helper_image"], first_run=bool(seen.first_run)
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
