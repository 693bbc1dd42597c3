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
    "database_claim": {"type": "str", "default": names.DATABASE_CLAIM},
    "helper_image": {"type": "str", "default": "docker.io/library/busybox:1.36"},
}


def observe(api: KubernetesApi, params: Params, *, claims: t.Sequence[str] = ()) -> StorageObservation:
    """Look at claims and volumes, and at the nodes' directories only where those leave the question open.

    The look at a node needs a short pod, so an appliance whose claim is there never pays for it.
    """

    def look(image: str) -> StorageObservation:
        return storage.observe(
            api,
            namespace=params["namespace"],
            claims=(params["database_claim"], *claims),
            database_claim=params["database_claim"],
            image=image,
        )

    seen = look("")
    claimed = seen.claim(params["database_claim"])
    if (claimed is not None and claimed.volume) or seen.volumes:
        return seen
    return look(params["helper_image"])
