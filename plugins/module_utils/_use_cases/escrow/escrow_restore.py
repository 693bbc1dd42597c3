# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_escrow_restore: restore lost Secrets and keys from the encrypted copy, and never replace a value."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._adapters.cluster.kubernetes import KubernetesApi, encode, path
from ..._adapters.database.local_psql import LocalPsql
from ..._adapters.escrow.escrow import Escrow
from ..._core import names
from ..._core.errors import Refused
from ..._core.escrow import escrow
from ..._core.results import build
from .._context import Result, Run, UseCase, cluster
from .._options import Claims, Confirmed
from ..confirmation import require
from ..credentials.db_credentials import create
from ..observing.storage_options import observe as observe_storage
from .kept import Copied, file_of, generated, secret_object, secret_path

KEPT, RESTORED = "kept", "restored"
KEEP, RESTORE = "keep", "restore"


@dataclass(frozen=True)
class Options(Copied, Claims, Confirmed):
    """The file, the appliance that lost what it keeps, and the confirmation."""


def perform(options: Options, run: Run) -> Result:
    """Restore what is lost."""
    file = file_of(options, run)
    with cluster(options) as api:
        return _restore(api, options, file, run)


def _restore(api: KubernetesApi, options: Options, file: Escrow, run: Run) -> Result:
    text = file.text()
    if text is None or not file.readable:
        lacking = "does not exist" if text is None else "cannot be decrypted, because no key was given"
        raise Refused(
            f"Could not restore Secrets from {file.file}: it {lacking}. Correct {names.ESCROW_OPTION}, or unset it to continue "
            "without a copy."
        )
    document = escrow.read(file.decrypt(text), str(file.file))
    present = {name: secret.data for name, secret in generated(api, options.appliance).items()}
    plan = escrow.decide(document, options.namespace, _identities(api, options), present)
    if plan.refusal is not None:
        raise Refused(escrow.refused(plan.refusal, plan.about, str(file.file)), evidence={"refusal": plan.refusal.value})
    told = escrow.steps(plan, options.namespace, str(file.file))
    changes = bool(plan.create or plan.fill)
    if changes and not run.check_mode:
        require(options, options.appliance.secret, told)
        _put_back(api, options, plan, document.secrets)
    return build(
        state=RESTORED if changes else KEPT,
        decision=RESTORE if changes else KEEP,
        message=f"{'; '.join(told)}." if told else f"Every Secret in {file.file} exists with the same values.",
        evidence={"file": str(file.file), "created": list(plan.create), "filled": dict(plan.fill), "left": list(plan.leave)},
        changed=changes,
        diff={"before": "", "after": "".join(f"{line}\n" for line in told)} if run.diff else None,
    )


def _identities(api: KubernetesApi, options: Options) -> dict[str, str]:
    """The system identifiers of the data that is here: as its claim records it, and as the server in its pod gives it.

    Where neither can, as after etcd was lost with every object in it, the data itself names it on its volume.
    """
    namespace, claim = options.namespace, options.appliance.database_claim
    found = api.get(path("persistentvolumeclaims", namespace, claim)) or {"metadata": {}}
    recorded = (found["metadata"].get("annotations") or {}).get(names.IDENTITY_ANNOTATION)
    known = {f"PersistentVolumeClaim {namespace}/{claim}": recorded} if recorded else {}
    psql = LocalPsql(api, namespace, claim)
    if psql.runs():
        return {**known, "PostgreSQL": psql.read()[0]}
    contents = None if known else observe_storage(api, options).contents
    if contents is not None and contents.identity:
        return {f"the volume of PersistentVolumeClaim {namespace}/{claim}": contents.identity}
    return known


def _put_back(api: KubernetesApi, options: Options, plan: escrow.Restore, secrets: t.Mapping[str, escrow.Copy]) -> None:
    """Make Secrets that do not exist, with everything that they were known by, and put back keys that are missing."""
    for name in plan.create:
        create(api, secret_object(options.appliance, name, secrets[name]))
    for name, keys in plan.fill.items():
        api.merge(secret_path(options.appliance, name), {"data": encode({key: secrets[name].data[key] for key in keys})})


USE_CASE = UseCase("alga_escrow_restore", Options, perform, states=(KEPT, RESTORED))
