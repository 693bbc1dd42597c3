# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generated Secrets of one appliance, and the file that keeps an encrypted copy of them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._adapters import paths
from ..._adapters.cluster.kubernetes import Json, KubernetesApi, decode, encode, path
from ..._adapters.escrow.escrow import Escrow
from ..._core import names
from ..._core.appliance.appliance import Appliance
from ..._core.errors import Refused
from ..._core.escrow import escrow
from .._context import Run
from .._options import Changing, CredentialsSecret, Named, option

# What kubectl writes of its own holds the whole object, values too.
_KUBECTL = "kubectl.kubernetes.io/"


@dataclass(frozen=True)
class Copied(Changing, CredentialsSecret, Named):
    """The file, and who can read it."""

    file: str = option(type="path", required=True)
    recipients: list[str] = option(type="list", elements="str", default=[])
    identity_file: str | None = option(type="path")
    vault_password_file: str | None = option(type="path", no_log=False)


def file_of(options: Copied, run: Run) -> Escrow:
    """The file that the options name.

    :raises Refused: when they do not say how it is encrypted.
    """
    if bool(options.recipients) == bool(options.vault_password_file):
        raise Refused(
            f"{names.ESCROW_OPTION} must have either recipients, for age, or vault_password_file, for ansible-vault. Nothing "
            "was changed."
        )
    if escrow.private(options.recipients):
        raise Refused(
            "recipients contains a private key of age; give the public key, which begins with age1. Nothing was changed."
        )
    return Escrow(
        run.command,
        paths.given(options.file),
        options.recipients,
        options.identity_file or "",
        options.vault_password_file or "",
    )


def secret_path(appliance: Appliance, name: str) -> str:
    """Where one of the appliance's Secrets is."""
    return path("secrets", appliance.namespace, name)


def generated(api: KubernetesApi, appliance: Appliance) -> dict[str, escrow.Copy]:
    """The generated Secrets that exist, as a copy keeps them."""
    found = {name: api.get(secret_path(appliance, name)) for name in appliance.contract}
    return {name: _copy(item) for name, item in found.items() if item is not None}


def _copy(item: Json) -> escrow.Copy:
    metadata = item["metadata"]
    annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if not key.startswith(_KUBECTL)}
    return escrow.Copy(decode(item) or {}, metadata.get("labels") or {}, annotations)


def secret_object(appliance: Appliance, name: str, secret: escrow.Copy) -> dict[str, t.Any]:
    """A Secret with everything that it is known by."""
    metadata = {
        "name": name,
        "namespace": appliance.namespace,
        "labels": dict(secret.labels),
        "annotations": dict(secret.annotations),
    }
    return {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": encode(secret.data)}
