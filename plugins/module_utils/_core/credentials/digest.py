# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The digest of a password as the application stores it, verified here so that a login is proved without making one (F13).

The stored form is ``salt:hash``, both hexadecimal, where hash is PBKDF2 of the password over the salt "pepper and salt": the
value of NEXTAUTH_SECRET followed by the *text* of the salt. The appliance's chart sets 1000 iterations, 64 bytes and sha512
(contract, Bootstrap Job env); what it does not set has the application's own defaults. The form is the one of the
application's public source; it is measured against the stand-in application.
"""

from __future__ import annotations

import hashlib
import hmac
import typing as t
from dataclasses import dataclass, replace
from enum import StrEnum

# The names of the application's environment variables; SALT_BYTES only matters to whoever makes a salt.
ITERATIONS, KEY_LENGTH, ALGORITHM = "ITERATIONS", "KEY_LENGTH", "ALGORITHM"


@dataclass(frozen=True)
class Parameters:
    """How the application derives a digest; the defaults are those of its source where the environment sets none.

    :param length: bytes of the digest.
    """

    iterations: int = 10000
    length: int = 64
    algorithm: str = "sha512"


class Match(StrEnum):
    """How a password relates to a stored digest."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"


def parameters(environment: t.Mapping[str, str]) -> Parameters:
    """Read the parameters from the application's environment, as the application reads them: no number is the default."""
    default = Parameters()

    def number(name: str, otherwise: int) -> int:
        text = environment.get(name, "").strip()
        return int(text) if text.isdecimal() and int(text) else otherwise

    return Parameters(
        iterations=number(ITERATIONS, default.iterations),
        length=number(KEY_LENGTH, default.length),
        algorithm=environment.get(ALGORITHM) or default.algorithm,
    )


def compare(password: str, stored: str, pepper: str, how: Parameters) -> Match:
    """Compare a password with a stored digest.

    :param stored: what the application stores, ``salt:hash``.
    :param pepper: the application's NEXTAUTH_SECRET.
    :returns: ``unknown`` for a form or an algorithm that this function does not know.
    """
    salt, colon, digest = stored.partition(":")
    if not salt or not colon or len(digest) != 2 * how.length or how.algorithm not in hashlib.algorithms_available:
        return Match.UNKNOWN
    derived = hashlib.pbkdf2_hmac(how.algorithm, password.encode(), (pepper + salt).encode(), how.iterations, how.length)
    return Match.MATCH if hmac.compare_digest(derived.hex().encode(), digest.encode()) else Match.MISMATCH


def explain(password: str, stored: str, pepper: str, how: Parameters) -> str:
    """Say which known mistake made a digest that does not match; empty when it is none of them (F13).

    The mistakes are those that were made: another number of iterations, and NEXTAUTH_SECRET missing where the digest
    was made, which JavaScript turns into an empty text or into "undefined".
    """
    others = [rounds for rounds in (1000, 10000) if rounds != how.iterations]
    for rounds in (how.iterations, *others):
        for used, said in ((pepper, ""), ("", "without NEXTAUTH_SECRET"), ("undefined", "without NEXTAUTH_SECRET")):
            if compare(password, stored, used, replace(how, iterations=rounds)) is Match.MATCH:
                counted = "" if rounds == how.iterations else f"with {rounds} iterations instead of {how.iterations}"
                return " and ".join(filter(None, (said, counted)))
    return ""
