# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generated keys that the appliance is known by: compared before helm, recorded once the appliance is complete (R29)."""

from __future__ import annotations

import secrets

from .._adapters.kubernetes import KubernetesApi, decode, path
from .._core import known_keys, names
from .._core.errors import Refused
from .._core.generated import Data
from .._core.known_keys import KnownKeys, LostKey
from ._context import Params

_SALT_BYTES = 16


def _claim(params: Params) -> str:
    return names.claims(params["fullname"])[names.DATABASE_SECTION]


def _recorded(api: KubernetesApi, params: Params) -> KnownKeys:
    found = api.get(path("persistentvolumeclaims", params["namespace"], _claim(params))) or {"metadata": {}}
    text = (found["metadata"].get("annotations") or {}).get(names.KEYS_ANNOTATION, "")
    return known_keys.read(text, params["namespace"], _claim(params))


def _present(api: KubernetesApi, params: Params) -> dict[str, Data]:
    found = {name: api.get(path("secrets", params["namespace"], name)) for name in names.known_keys(params["fullname"])}
    return {name: decode(item) or {} for name, item in found.items() if item is not None}


def lost(api: KubernetesApi, params: Params) -> list[LostKey]:
    """The keys that the complete appliance had and that are gone or other ones.

    :raises Refused: when the record cannot be read.
    """
    known = _recorded(api, params)
    return known_keys.lost(known, _present(api, params)) if known.digests else []


def told(params: Params, found: list[LostKey]) -> tuple[str, str]:
    """What is lost, and what to do next."""
    return known_keys.told(found, params["namespace"], _claim(params))


def refuse_lost(api: KubernetesApi, params: Params) -> None:
    """Refuse before helm, or anything else, could make a key anew that the appliance had.

    :raises Refused: with what is lost and the way back.
    """
    if found := lost(api, params):
        raise Refused(
            f"{' '.join(told(params, found))} Nothing was changed.", evidence={"lost_keys": [each.evidence() for each in found]}
        )


def record(api: KubernetesApi, params: Params) -> str | None:
    """The annotation that the claim of a complete appliance is to have; None where it has it already."""
    known = _recorded(api, params)
    wanted = known_keys.extended(known, _present(api, params), params["fullname"], secrets.token_bytes(_SALT_BYTES))
    return wanted.text() if wanted.digests != known.digests else None
