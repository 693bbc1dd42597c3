# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_escrow: keep an encrypted copy of the generated Secrets off the cluster, and restore what was lost from it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from ..._adapters.cluster.kubernetes import Json, KubernetesApi, decode, encode, path
from ..._adapters.cluster.secrets import read_secret
from ..._adapters.database.local_psql import LocalPsql
from ..._adapters.database.server import InCluster, identity
from ..._adapters.escrow.escrow import Escrow
from ..._core import names
from ..._core.errors import Refused
from ..._core.escrow import escrow
from ..._core.results import build
from .._context import Result, Run, UseCase, cluster
from .._options import Changing, Claims, Confirmed, Database, option
from ..confirmation import require
from ..credentials.db_credentials import create
from ..observing.storage_options import observe as observe_storage

KEEP, RESTORE = "keep", "restore"


@dataclass(frozen=True)
class Options(Changing, Database, Confirmed, Claims):
    """The file, and who can read it."""

    step: str = option(type="str", choices=[KEEP, RESTORE], default=KEEP)
    file: str = option(type="path", required=True)
    recipients: list[str] = option(type="list", elements="str", default=[])
    identity_file: str | None = option(type="path")
    vault_password_file: str | None = option(type="path", no_log=False)


# What kubectl writes of its own holds the whole object, values too.
_KUBECTL = "kubectl.kubernetes.io/"
RECORD, DOCUMENT, FILE = "alga-appliance-escrow", "document", "file"


@dataclass(frozen=True)
class Kept:
    """One appliance and the file that keeps its Secrets."""

    api: KubernetesApi
    options: Options

    def secrets(self) -> dict[str, escrow.Copy]:
        """The generated Secrets that exist."""
        found = {name: self.api.get(self._path(name)) for name in self.options.appliance.contract}
        return {name: _copy(item) for name, item in found.items() if item is not None}

    def identities(self) -> dict[str, str]:
        """The system identifiers of the data that is here: as its claim records it, and as the server in its pod gives it.

        Where neither can, as after etcd was lost with every object in it, the data itself names it on its volume.
        """
        namespace, claim = self.options.namespace, self.options.appliance.database_claim
        found = self.api.get(path("persistentvolumeclaims", namespace, claim)) or {"metadata": {}}
        recorded = (found["metadata"].get("annotations") or {}).get(names.IDENTITY_ANNOTATION)
        known = {f"PersistentVolumeClaim {namespace}/{claim}": recorded} if recorded else {}
        psql = LocalPsql(self.api, namespace, claim)
        if psql.runs():
            return {**known, "PostgreSQL": psql.read()[0]}
        contents = None if known else observe_storage(self.api, self.options).contents
        if contents is not None and contents.identity:
            return {f"the volume of PersistentVolumeClaim {namespace}/{claim}": contents.identity}
        return known

    def identity(self) -> str:
        """The system identifier of the server that the Secret opens.

        :raises ObservationFailed: when it could not be asked.
        """
        return identity(InCluster(self.api, self.options.appliance))

    def record(self) -> dict[str, bytes]:
        """What was written last: the digests of the document and of its encrypted form."""
        return read_secret(self.api, self.options.namespace, RECORD) or {}

    def write_record(self, document: str, text: str) -> None:
        """Record what was written; the digest of passwords is as secret as they are, so it lies in a Secret."""
        digests = {DOCUMENT: escrow.digest(document).encode(), FILE: escrow.digest(text).encode()}
        marks = {names.MANAGED_BY_LABEL: names.FIELD_MANAGER}, {names.KEEP_ANNOTATION: names.KEEP}
        self.api.apply(self._path(RECORD), self._object(RECORD, escrow.Copy(digests, *marks)))

    def restore(self, plan: escrow.Restore, secrets: t.Mapping[str, escrow.Copy]) -> None:
        """Make Secrets that do not exist, with everything that they were known by, and put back keys that are missing."""
        for name in plan.create:
            create(self.api, self._object(name, secrets[name]))
        for name, keys in plan.fill.items():
            self.api.merge(self._path(name), {"data": encode({key: secrets[name].data[key] for key in keys})})

    def _object(self, name: str, secret: escrow.Copy) -> Json:
        metadata = {
            "name": name,
            "namespace": self.options.namespace,
            "labels": dict(secret.labels),
            "annotations": dict(secret.annotations),
        }
        return {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": encode(secret.data)}

    def _path(self, name: str) -> str:
        return path("secrets", self.options.namespace, name)


def _copy(item: Json) -> escrow.Copy:
    metadata = item["metadata"]
    annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if not key.startswith(_KUBECTL)}
    return escrow.Copy(decode(item) or {}, metadata.get("labels") or {}, annotations)


def perform(options: Options, run: Run) -> Result:
    """Keep what is new, or restore what is lost."""
    if bool(options.recipients) == bool(options.vault_password_file):
        raise Refused(
            f"{names.ESCROW_OPTION} must have either recipients, for age, or vault_password_file, for ansible-vault. Nothing "
            "was changed."
        )
    file = Escrow(
        run.command,
        Path(options.file).expanduser(),
        options.recipients,
        options.identity_file or "",
        options.vault_password_file or "",
    )
    with cluster(options) as api:
        kept = Kept(api, options)
        return _restore(kept, file, run) if options.step == RESTORE else _keep(kept, file, run)


def _keep(kept: Kept, file: Escrow, run: Run) -> Result:
    document = escrow.Document(kept.options.namespace, kept.identity(), kept.secrets()).text()
    record, text = kept.record(), file.text()
    same = text is not None and (record.get(DOCUMENT), record.get(FILE)) == (
        escrow.digest(document).encode(),
        escrow.digest(text).encode(),
    )
    verified = file.readable
    if not same and not run.check_mode:
        written = file.write(document)
        run.changing.append(str(file.file))
        kept.write_record(document, written)
    how = "and verified by decrypting them" if verified else "and not verified, because no key is available here"
    return build(
        state="kept",
        decision="keep" if same else "write",
        message=f"{file.file} already contains the current generated Secrets."
        if same
        else f"{file.file} gets the generated Secrets, encrypted {how}; an earlier file is kept beside it.",
        evidence={"file": str(file.file), "verified": verified},
        changed=not same,
        diff={"before": "", "after": "" if same else f"{file.file}: an encrypted copy\n"} if run.diff else None,
    )


def _restore(kept: Kept, file: Escrow, run: Run) -> Result:
    text = file.text()
    if text is None or not file.readable:
        lacking = "does not exist" if text is None else "cannot be decrypted, because no key was given"
        raise Refused(
            f"Could not restore Secrets from {file.file}: it {lacking}. Correct {names.ESCROW_OPTION}, or unset it to continue "
            "without a copy."
        )
    document = escrow.read(file.decrypt(text), str(file.file))
    present = {name: secret.data for name, secret in kept.secrets().items()}
    plan = escrow.decide(document, kept.options.namespace, kept.identities(), present)
    if plan.refusal is not None:
        raise Refused(escrow.refused(plan.refusal, plan.about, str(file.file)), evidence={"refusal": plan.refusal.value})
    told = escrow.steps(plan, kept.options.namespace, str(file.file))
    changes = bool(plan.create or plan.fill)
    if changes and not run.check_mode:
        require(kept.options, kept.options.appliance.secret, told)
        kept.restore(plan, document.secrets)
    return build(
        state="restored" if changes else "kept",
        decision="restore" if changes else "keep",
        message=f"{'; '.join(told)}." if told else f"Every Secret in {file.file} exists with the same values.",
        evidence={"file": str(file.file), "created": list(plan.create), "filled": dict(plan.fill), "left": list(plan.leave)},
        changed=changes,
        diff={"before": "", "after": "".join(f"{step}\n" for step in told)} if run.diff else None,
    )


USE_CASE = UseCase("alga_escrow", Options, perform, states=("kept", "restored"))
