# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options by which a module finds the appliance's volumes."""

from __future__ import annotations

import typing as t

from .._adapters import storage
from .._adapters.kubernetes import KubernetesApi
from .._core import names
from .._core.storage import StorageObservation
from ._context import Params, Spec

CLAIMS: Spec = {
    "fullname": {"type": "str", "default": names.FULLNAME},
    "helper_image": {"type": "str", "default": "docker.io/library/busybox:1.36"},
}


def observe(api: KubernetesApi, params: Params) -> StorageObservation:
    """Look at claims and volumes, and at the nodes' directories only where those leave the question open.

    The look at a node needs a short pod, so an appliance whose claims are there never pays for it.
    """
    claims = names.claims(params["fullname"])

    def look(image: str) -> StorageObservation:
        return storage.observe(
            api,
            namespace=params["namespace"],
            claims=tuple(claims.values()),
            database_claim=claims[names.DATABASE_SECTION],
            image=image,
        )

    seen = look("")
    return look(params["helper_image"]) if _is_open(seen, claims.values()) else seen


def _is_open(seen: StorageObservation, claims: t.Iterable[str]) -> bool:
    """Tell whether a directory could hold data that no claim and no volume speaks of.

    The claim of the stored files waits for its first pod, so it answers by existing; the database's answers by its volume.
    """
    answered = {volume.claim for volume in seen.volumes}
    answered |= {claim.name for claim in seen.claims if claim.volume or claim.name != seen.database_claim}
    return not answered.issuperset(claims)
