# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""SCRAM-SHA-256 verifiers as PostgreSQL stores them, computed here so that no plaintext reaches a server or its log.

Source: RFC 5802 and RFC 7677; the stored form is described in PostgreSQL's documentation of ``pg_authid``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import stringprep
import unicodedata

ITERATIONS = 4096
SALT_BYTES = 16
_PREFIX = "SCRAM-SHA-256$"
# More rounds than anybody sets would take this comparison minutes, and a mangled number takes it years.
_MOST_ITERATIONS = 1_000_000
_BASE64 = "[A-Za-z0-9+/]"
_SCRAM = re.compile(rf"SCRAM-SHA-256\$([1-9][0-9]{{0,9}}):({_BASE64}+={{0,2}})\$({_BASE64}{{43}}=):({_BASE64}{{43}}=)")
_MD5 = re.compile("md5[0-9a-f]{32}")


def prepare(password: bytes) -> bytes:
    """Normalise a password as PostgreSQL does: SASLprep where it applies, the bytes as they are where it does not.

    :param password: any bytes; what is no UTF-8 is no text that could be normalised.
    :returns: the bytes that enter PBKDF2.
    """
    if password.isascii():
        return password
    try:
        text = password.decode()
    except UnicodeDecodeError:
        return password
    mapped = "".join(" " if stringprep.in_table_c12(char) else char for char in text if not stringprep.in_table_b1(char))
    normal = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    return normal.encode() if normal and _allowed(normal) else password


def _allowed(text: str) -> bool:
    """Tell whether SASLprep (RFC 4013, sections 2.3 to 2.5) accepts a normalised text."""
    prohibited = (
        stringprep.in_table_a1,
        stringprep.in_table_c12,
        stringprep.in_table_c21_c22,
        stringprep.in_table_c3,
        stringprep.in_table_c4,
        stringprep.in_table_c5,
        stringprep.in_table_c6,
        stringprep.in_table_c7,
        stringprep.in_table_c8,
        stringprep.in_table_c9,
    )
    if any(test(char) for char in text for test in prohibited):
        return False
    if not any(stringprep.in_table_d1(char) for char in text):
        return True
    right_to_left = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return right_to_left and not any(stringprep.in_table_d2(char) for char in text)


def verifier(password: bytes, *, salt: bytes | None = None, iterations: int = ITERATIONS) -> str:
    """Compute the stored form of a password.

    :param password: the plaintext.
    :param salt: random bytes; made anew when not given.
    :param iterations: PBKDF2 rounds.
    :returns: ``SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>``.
    """
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", prepare(password), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored = base64.b64encode(hashlib.sha256(client_key).digest()).decode()
    server = base64.b64encode(hmac.digest(salted, b"Server Key", "sha256")).decode()
    return f"{_PREFIX}{iterations}:{base64.b64encode(salt).decode()}${stored}:{server}"


def restated(password: bytes, stored: str, *, role: str) -> str | None:
    """Say what PostgreSQL would store for a password, with the salt and the rounds of what it does store.

    :param stored: what ``pg_authid.rolpassword`` holds, SCRAM or md5.
    :param role: the role's name, which salts an md5 verifier.
    :returns: the verifier; ``None`` for a form that this function does not know, such as a verifier that was cut off.
    """
    if _MD5.fullmatch(stored):
        return "md5" + hashlib.md5(password + role.encode(), usedforsecurity=False).hexdigest()
    found = _SCRAM.fullmatch(stored)
    if found is None or int(found[1]) > _MOST_ITERATIONS or not all(map(_is_base64, found.groups()[1:])):
        return None
    return verifier(password, salt=base64.b64decode(found[2]), iterations=int(found[1]))


def _is_base64(text: str) -> bool:
    """Tell whether a text is what base64 makes of some bytes: whole, and with no bit beside them."""
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except binascii.Error:
        return False


def matches(password: bytes, stored: str, *, role: str) -> bool | None:
    """Compare a password with what ``pg_authid.rolpassword`` holds, without logging in.

    :param stored: the stored verifier, SCRAM or md5.
    :param role: the role's name, which salts an md5 verifier.
    :returns: whether they belong together; ``None`` for a form this function does not know.
    """
    expected = restated(password, stored, role=role)
    return None if expected is None else hmac.compare_digest(stored, expected)
