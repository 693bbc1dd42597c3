# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``db-credentials`` is a contract: created once and only where no data can exist, never filled in, never rotated."""

from __future__ import annotations

import secrets
import string
import typing as t
from dataclasses import dataclass

from . import names
from .states import CredentialDecision, SecretState, StorageState

PASSWORD_LENGTH = 32
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Verdict:
    """A decision about the Secret and the sentence that explains it."""

    decision: CredentialDecision
    message: str
    next_action: str = ""


def classify(data: t.Mapping[str, bytes] | None) -> tuple[SecretState, list[str]]:
    """Judge the data of a Secret.

    :param data: decoded values by key; ``None`` when the API server proved that the Secret does not exist.
    :returns: the state and the keys that are missing, empty or only white space (F3, U2).
    """
    if data is None:
        return SecretState.ABSENT, []
    missing = [key for key in names.CREDENTIAL_KEYS if not data.get(key, b"").strip()]
    return (SecretState.PARTIAL if missing else SecretState.COMPLETE), missing


def decide(
    *,
    secret: str,
    state: SecretState,
    missing: t.Sequence[str],
    storage: StorageState,
    findings: t.Sequence[str],
) -> Verdict:
    """Decide what may be done (specification, Credential Persistence).

    :param secret: the Secret as ``namespace/name``.
    :param state: what the Secret holds.
    :param missing: keys without a value.
    :param storage: the answer to "where is data?".
    :param findings: the volumes by name.
    """
    if state is SecretState.PARTIAL:
        return Verdict(
            CredentialDecision.REFUSE,
            f"Secret {secret} exists but has no value for {', '.join(missing)}. A single key is never filled in, because "
            "a role of that name may already have a password.",
            f"Put the missing keys into Secret {secret} from your backup of it, then run the same playbook again.",
        )
    if state is SecretState.COMPLETE:
        return Verdict(CredentialDecision.KEEP, f"Secret {secret} exists and is complete; it is kept as it is.")
    if storage is StorageState.NONE:
        return Verdict(
            CredentialDecision.CREATE,
            f"Secret {secret} does not exist, and no volume, claim or directory holds data of this appliance: "
            "new credentials can be created.",
        )
    where = "; ".join(findings) or "the storage could not be read"
    return Verdict(
        CredentialDecision.REFUSE,
        f"Secret {secret} does not exist, but data of this appliance does: {where}. New passwords would lock that data "
        "out, so none were generated.",
        f"Restore Secret {secret} from your backup of it, then run recover.yml. Only if this data is of no further use, "
        "delete what is named here and run fresh.yml.",
    )


def generate() -> dict[str, str]:
    """Make one password for each key: ASCII letters and digits, of which 32 hold 190 bits."""
    return {key: "".join(secrets.choice(_ALPHABET) for _index in range(PASSWORD_LENGTH)) for key in names.CREDENTIAL_KEYS}
