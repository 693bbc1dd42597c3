# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generated keys that the appliance is known by: compared before helm, recorded once the appliance is complete (R29)."""

from __future__ import annotations

import secrets

from ..._adapters.cluster.kubernetes import KubernetesApi, path
from ..._adapters.cluster.secrets import read_secret
from ..._core import names
from ..._core.appliance.appliance import Appliance
from ..._core.credentials import known_keys
from ..._core.credentials.generated import Data
from ..._core.credentials.known_keys import Carriers, KnownKeys, LostKey
from ..._core.errors import Refused

_SALT_BYTES = 16


def _carriers(appliance: Appliance) -> Carriers:
    return Carriers(appliance.namespace, appliance.database_claim, appliance.credentials_secret)


def _records(api: KubernetesApi, appliance: Appliance) -> list[KnownKeys]:
    """What each of the two carriers says, the one to go by first.

    :raises Refused: when a record cannot be read.
    """
    carriers = _carriers(appliance)
    kinds = (("persistentvolumeclaims", carriers.claim), ("secrets", carriers.secret))
    found = [api.get(path(kind, carriers.namespace, name)) or {"metadata": {}} for kind, name in kinds]
    texts = [(each["metadata"].get("annotations") or {}).get(names.KEYS_ANNOTATION, "") for each in found]
    return [known_keys.read(text, place, carriers) for text, place in zip(texts, carriers.places(), strict=True)]


def _counting(records: list[KnownKeys]) -> KnownKeys:
    """The record that counts: one of the two objects may have been made anew, by a person or by rebind_volumes.yml."""
    return next((each for each in records if each.digests), records[0])


def _present(api: KubernetesApi, appliance: Appliance) -> dict[str, Data]:
    found = {name: read_secret(api, appliance.namespace, name) for name in names.known_keys(appliance.fullname)}
    return {name: data for name, data in found.items() if data is not None}


def lost(api: KubernetesApi, appliance: Appliance) -> list[LostKey]:
    """The keys that the complete appliance had and that are gone or other ones.

    :raises Refused: when the record cannot be read.
    """
    known = _counting(_records(api, appliance))
    return known_keys.lost(known, _present(api, appliance)) if known.digests else []


def told(appliance: Appliance, found: list[LostKey]) -> tuple[str, str]:
    """What is lost, and what to do next."""
    return known_keys.told(found, _carriers(appliance))


def refuse_lost(api: KubernetesApi, appliance: Appliance, unchanged: str) -> None:
    """Refuse before helm, or anything else, could make a key anew that the appliance had.

    :param unchanged: what this run, or this step of it, has not changed, in a sentence (R21).
    :raises Refused: with what is lost and the way back.
    """
    if found := lost(api, appliance):
        raise Refused(
            f"{' '.join(told(appliance, found))} {unchanged}", evidence={"lost_keys": [each.evidence() for each in found]}
        )


def record(api: KubernetesApi, appliance: Appliance) -> str | None:
    """The annotation that claim and Secret of a complete appliance are to have; None where both have it already."""
    records = _records(api, appliance)
    known = _counting(records)
    wanted = known_keys.extended(known, _present(api, appliance), appliance.fullname, secrets.token_bytes(_SALT_BYTES))
    return wanted.text() if any(each.digests != wanted.digests for each in records) else None
