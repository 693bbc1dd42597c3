# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_shared_secret: a Secret with generated keys that the application needs and its chart does not make; made once (F15)."""

from __future__ import annotations

import secrets

from ..._adapters.cluster.kubernetes import decode, path
from ..._adapters.storage.storage import recorded_identity
from ..._core import names
from ..._core.errors import Refused
from ..._core.results import build
from ..._core.states import CredentialDecision, CredentialState
from .._context import CHANGING, Params, Result, Run, Spec, UseCase, cluster, told
from .db_credentials import create, secret_object

KEY_BYTES = 32

SPEC: Spec = {
    **CHANGING,
    "fullname": {"type": "str", "default": names.FULLNAME},
    "name": {"type": "str", "default": names.SHARED_SECRET},
    "key": {"type": "str", "default": names.SHARED_SECRET_KEY, "no_log": False},
}


def perform(params: Params, run: Run) -> Result:
    """Keep the Secret when it holds the key, make it when it does not exist, refuse anything between."""
    where = f"{params['namespace']}/{params['name']}"
    with cluster(params) as api:
        data = decode(api.get(path("secrets", params["namespace"], params["name"])))
        if data is not None and not data.get(params["key"], b"").strip():
            raise Refused(
                f"Secret {where} exists but has no value for {params['key']}. A missing value is never added automatically: "
                "restore the key from your backup, or delete the Secret if nothing uses it yet, then run the playbook again.",
                evidence={"state": CredentialState.PARTIAL.value, "secret": where},
            )
        absent = data is None
        claim = names.claims(params["fullname"])[names.DATABASE_SECTION]
        if absent and recorded_identity(api, params["namespace"], claim) is not None:
            raise Refused(
                f"Secret {where} does not exist, but PersistentVolumeClaim {params['namespace']}/{claim} holds a complete "
                "appliance, which had it. Another value would end every session and break whatever else depends on the old "
                "one, so none was created. Restore the Secret from your backup. If it is permanently lost, create it by hand "
                f"with a new value of {params['key']}, then run the playbook again.",
                evidence={"state": CredentialState.ABSENT.value, "secret": where},
            )
        if absent and not run.check_mode:
            body = secret_object(params["name"], params["namespace"], "", {params["key"]: secrets.token_hex(KEY_BYTES)})
            # The chart does not render this Secret, so helm must not be told that it owns it.
            body["metadata"]["labels"] = {names.MANAGED_BY_LABEL: names.FIELD_MANAGER}
            body["metadata"]["annotations"] = {names.KEEP_ANNOTATION: names.KEEP}
            create(api, body)
    return build(
        state=(CredentialState.ABSENT if absent else CredentialState.COMPLETE).value,
        decision=(CredentialDecision.CREATE if absent else CredentialDecision.KEEP).value,
        message=f"Secret {where} did not exist; it is created once, before the application starts."
        if absent
        else f"Secret {where} exists; it is kept unchanged.",
        evidence={"secret": where},
        changed=absent,
        diff=told(f"Secret {where}" if absent else "", run),
    )


USE_CASE = UseCase("alga_shared_secret", SPEC, perform, states=CredentialState)
