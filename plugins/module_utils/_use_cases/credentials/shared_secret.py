# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_shared_secret: a Secret with generated keys that the application needs and its chart does not make; made once (F15)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from ..._adapters.cluster.secrets import read_secret
from ..._adapters.storage.storage import recorded_identity
from ..._core import names
from ..._core.errors import Refused
from ..._core.results import build
from ..._core.states import CredentialDecision, CredentialState
from .._context import Result, Run, UseCase, cluster, told
from .._options import Changing, Named, option
from .db_credentials import create, secret_object

KEY_BYTES = 32


@dataclass(frozen=True)
class Options(Changing, Named):
    """Which Secret, and its key."""

    name: str = option(type="str", default=names.SHARED_SECRET)
    key: str = option(type="str", default=names.SHARED_SECRET_KEY, no_log=False)


def perform(options: Options, run: Run) -> Result:
    """Keep the Secret when it holds the key, make it when it does not exist, refuse anything between."""
    where = f"{options.namespace}/{options.name}"
    with cluster(options) as api:
        data = read_secret(api, options.namespace, options.name)
        if data is not None and not data.get(options.key, b"").strip():
            raise Refused(
                f"Secret {where} exists but has no value for {options.key}. A missing value is never added automatically: "
                "restore the key from your backup, or delete the Secret if nothing uses it yet, then run the playbook again.",
                evidence={"state": CredentialState.PARTIAL.value, "secret": where},
            )
        absent = data is None
        claim = options.appliance.database_claim
        if absent and recorded_identity(api, options.namespace, claim) is not None:
            raise Refused(
                f"Secret {where} does not exist, but PersistentVolumeClaim {options.namespace}/{claim} holds a complete "
                "appliance, which had it. Another value would end every session and break whatever else depends on the old "
                "one, so none was created. Restore the Secret from your backup. If it is permanently lost, create it by hand "
                f"with a new value of {options.key}, then run the playbook again.",
                evidence={"state": CredentialState.ABSENT.value, "secret": where},
            )
        if absent and not run.check_mode:
            body = secret_object(options.name, options.namespace, "", {options.key: secrets.token_hex(KEY_BYTES)})
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


USE_CASE = UseCase("alga_shared_secret", Options, perform, states=CredentialState)
