# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``db-credentials`` is a contract: created once and only where no data can exist, never filled in, never rotated."""

from __future__ import annotations

import secrets
import string
import typing as t
from enum import StrEnum

from .. import names
from ..states import CredentialState
from .scram import matches

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
    return {
        role: match(password.encode(), stored[role] or "", role=role) if role in stored else Match.MISSING
        for role, password in passwords.items()
    }


def match(password: bytes, stored: str, *, role: str) -> Match:
    """Compare one password with a verifier; unknown where one of the two is empty, or the verifier's form is not known."""
    same = matches(password, stored, role=role) if password and stored else None
    return Match.UNKNOWN if same is None else Match.MATCH if same else Match.MISMATCH


def classify(data: t.Mapping[str, bytes] | None) -> tuple[CredentialState, list[str]]:
    """Judge the data of a Secret.

    :param data: decoded values by key; ``None`` when the API server proved that the Secret does not exist.
    :returns: the state and the keys that are missing, empty or only white space (F3, U2).
    """
    if data is None:
        return CredentialState.ABSENT, []
    missing = [key for key in names.CREDENTIAL_KEYS if not data.get(key, b"").strip()]
    return (CredentialState.PARTIAL if missing else CredentialState.COMPLETE), missing


def generate() -> dict[str, str]:
    """Make one password for each key: ASCII letters and digits, of which 32 hold 190 bits."""
    return {key: "".join(secrets.choice(_ALPHABET) for _index in range(PASSWORD_LENGTH)) for key in names.CREDENTIAL_KEYS}
