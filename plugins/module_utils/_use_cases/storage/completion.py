# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_completion: record on claim and Secret that the first run is over, and which data they belong to."""

from __future__ import annotations

from dataclasses import dataclass

from ..._adapters.cluster.kubernetes import Json, KubernetesApi, path
from ..._core import names
from ..._core.errors import Refused
from ..._core.results import build
from .._context import Result, Run, UseCase, cluster, told
from .._options import Changing, CredentialsSecret, Named, option
from ..credentials import generated_keys

RECORDED, UNRECORDED = "recorded", "unrecorded"
RECORD, KEEP = "record", "keep"


@dataclass(frozen=True)
class Options(Changing, CredentialsSecret, Named):
    """The appliance that is complete, and the identity of its data."""

    system_identifier: str = option(type="str", required=True)


def perform(options: Options, run: Run) -> Result:
    """End the two-phase mark: the appliance on this claim is complete, and this is the identity of its data."""
    with cluster(options) as api:
        return _record(api, options, run)


def _record(api: KubernetesApi, options: Options, run: Run) -> Result:
    """Record what the claim and the Secret belong to, where one of them does not say so.

    The identity is recorded on the claim and on the Secret, so that another volume under the same name is seen even where
    one of the two was made anew. Beside it, on both, stand digests of the generated keys, so that a key made anew is seen as
    well (R29).
    """
    name, identity = options.appliance.database_claim, options.system_identifier
    where = f"PersistentVolumeClaim {options.namespace}/{name}"
    secret = path("secrets", options.namespace, options.credentials_secret)
    claim = path("persistentvolumeclaims", options.namespace, name)
    found = api.get(claim)
    if found is None:
        raise Refused(f"Could not mark {where} as complete: it does not exist. Run recover.yml, which reports what is left.")
    recorded, bound = _annotations(found), _annotations(api.get(secret))
    keys = generated_keys.record(api, options.appliance)
    identities = recorded.get(names.IDENTITY_ANNOTATION), bound.get(names.IDENTITY_ANNOTATION)
    complete = recorded.get(names.STATE_ANNOTATION) == names.READY and identities == (identity, identity) and keys is None
    if not complete and not run.check_mode:
        marks = {names.IDENTITY_ANNOTATION: identity, **({names.KEYS_ANNOTATION: keys} if keys else {})}
        # The claim comes last: killed in between, it still says that the first run is not over.
        api.merge(secret, {"metadata": {"annotations": marks}})
        api.merge(claim, {"metadata": {"annotations": {**marks, names.STATE_ANNOTATION: names.READY}}})
    message = f"{where} holds a complete appliance."
    return build(
        state=RECORDED if complete else UNRECORDED,
        decision=KEEP if complete else RECORD,
        message=message,
        evidence={"claim": name},
        changed=not complete,
        diff=told("" if complete else message, run),
    )


def _annotations(found: Json | None) -> Json:
    return (found or {"metadata": {}})["metadata"].get("annotations") or {}


USE_CASE = UseCase("alga_completion", Options, perform, states=(RECORDED, UNRECORDED))
