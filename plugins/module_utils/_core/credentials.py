# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``db-credentials`` is a contract: created once and only where no data can exist, never filled in, never rotated."""

from __future__ import annotations

import secrets
import string
import typing as t
from dataclasses import dataclass
from enum import StrEnum

from . import names
from .scram import matches
from .states import CredentialDecision, SecretState, StorageState

PASSWORD_LENGTH = 32
_ALPHABET = string.ascii_letters + string.digits


class Match(StrEnum):
    """How a password in the Secret relates to its role in PostgreSQL."""

    MATCH = "match"
    MISMATCH = "mismatch"
    MISSING = "missing"
    UNKNOWN = "unknown"


def compare(passwords: t.Mapping[str, str], stored: t.Mapping[str, str | None]) -> dict[str, Match]:
    """Compare passwords with verifiers, without a login and without changing anything (F1, F5).

    :param passwords: plaintext by role.
    :param stored: ``pg_authid.rolpassword`` by role; a role that does not exist is not there.
    """
    return {role: _match(role, password, stored) for role, password in passwords.items()}


def _match(role: str, password: str, stored: t.Mapping[str, str | None]) -> Match:
    if role not in stored:
        return Match.MISSING
    same = matches(password, stored[role] or "", role=role)
    return Match.UNKNOWN if same is None else Match.MATCH if same else Match.MISMATCH


def contradict(verdict: Verdict, secret: str, compared: t.Mapping[str, Match]) -> Verdict:
    """Refuse to keep a Secret whose superuser password is not the one of the data."""
    if compared.get(names.SUPERUSER) is not Match.MISMATCH:
        return verdict
    return Verdict(
        CredentialDecision.REFUSE,
        f"Secret {secret} exists, but its {names.SUPERUSER_KEY} is not the one that role {names.SUPERUSER} has in PostgreSQL: "
        "the Secret and the data do not belong together. Nothing was changed.",
        f"Restore the Secret {secret} that belongs to this data; do not make a new one. Then run recover.yml.",
    )


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
