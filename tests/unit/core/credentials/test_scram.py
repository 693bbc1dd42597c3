# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""SCRAM verifiers against the published vector and against themselves."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.credentials import scram


def test_the_vector_of_rfc_7677() -> None:
    """RFC 7677, section 3: user "user", password "pencil"; the server signature's key is derived from ServerKey."""
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    stored = scram.verifier(b"pencil", salt=salt, iterations=4096)
    assert stored == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


def test_md5_is_salted_with_the_role() -> None:
    stored = "md5" + hashlib.md5(b"secretapp_user", usedforsecurity=False).hexdigest()
    assert scram.matches(b"secret", stored, role="app_user") is True
    assert scram.matches(b"secret", stored, role="other") is False


OWN = scram.verifier(b"secret", salt=b"0123456789abcdef", iterations=7)
SALT, KEYS = OWN.split("$")[1].split(":")[1], OWN.split("$")[2]


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "plain",
        "SCRAM-SHA-256$",
        "SCRAM-SHA-256$x:y$z",
        *(OWN[:length] for length in (10, 20, 40, len(OWN) - 1)),
        f"{OWN}\n",
        f" {OWN}",
        OWN.replace("SHA-256$", "SHA-512$"),
        OWN.replace("$7:", "$0:"),
        OWN.replace("$7:", "$-7:"),
        OWN.replace("$7:", "$07:"),
        OWN.replace("$7:", "$\N{ARABIC-INDIC DIGIT SEVEN}:"),
        OWN.replace("$7:", "$2147483647:"),
        OWN.replace("$7:", f"${'9' * 5000}:"),
        OWN.replace(SALT, SALT.rstrip("=")),
        OWN.replace(SALT, f"{SALT[:-3]}h=="),
        OWN.replace(SALT, "A"),
        OWN.replace(SALT, ""),
        OWN.replace(SALT, f"é{SALT}"),
        f"{OWN[:-2]}==",
        f"SCRAM-SHA-256$7:{SALT}$",
        f"SCRAM-SHA-256$7:{SALT}${KEYS.partition(':')[0]}",
        "md5",
        "md5abc",
        "md5" + "Z" * 32,
        "md5" + "A" * 32,
        "md5é" + "a" * 31,
    ],
)
def test_an_unknown_or_mangled_form_is_neither_match_nor_mismatch(stored: str) -> None:
    assert scram.matches(b"secret", stored, role="r") is None
    assert scram.restated(b"secret", stored, role="r") is None


def test_any_number_of_rounds_that_somebody_sets_is_compared() -> None:
    for rounds in (1, 7, 100_000):
        stored = scram.verifier(b"secret", iterations=rounds)
        assert scram.matches(b"secret", stored, role="r") is True
        assert scram.matches(b"other", stored, role="r") is False


@settings(max_examples=60)
@given(st.text(max_size=40).map(str.encode) | st.binary(max_size=40), st.text(max_size=10))
def test_a_password_matches_its_own_verifier_and_a_longer_one_does_not(password: bytes, suffix: str) -> None:
    stored = scram.verifier(password, iterations=2)
    assert scram.matches(password, stored, role="r") is True
    other = password + b"x" + suffix.encode()
    if scram.prepare(other) != scram.prepare(password):
        assert scram.matches(other, stored, role="r") is False


def test_saslprep_maps_as_postgresql_does() -> None:
    assert scram.prepare("I\u00adX".encode()) == b"IX"
    assert scram.prepare("\u2168".encode()) == b"IX"
    assert scram.prepare("a\u00a0b".encode()) == b"a b"
    assert scram.prepare("\u0627\u0031".encode()) == "\u06271".encode(), "a prohibited text enters as it is"
    assert scram.prepare(b"a\xff\xad") == b"a\xff\xad", "what is no UTF-8 enters as it is"
