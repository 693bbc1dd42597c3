# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Digests against vectors that Node.js computed as the application does: crypto.pbkdf2Sync(password, pepper + salt, ...)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.digest import (
    Match,
    Parameters,
    compare,
    explain,
    parameters,
)

PASSWORD, PEPPER, SALT = "grüße 7", "pepper-32", "00112233445566778899aabb"
APPLIANCE = Parameters(iterations=1000)
RIGHT = (
    f"{SALT}:494249ebf5a1e7f59d077570f77d6e20d5222222f29efaca49e03d5f2d9a45d7"
    "076a0707de2648f71524116b87c0597d8e7df5bbd07bb17099157df8e031a458"
)
TEN_THOUSAND = (
    f"{SALT}:5ef3234333626fa1b93616b40817c3c208e5107d9db0b4b45d0fdb9d4c3608df"
    "c5756824ff1037a08e0e73d2397a3e64f18cdadaab9cb7de104dc55586b64898"
)
NO_PEPPER = (
    f"{SALT}:81fadf09c1f460c838240259f16134146a3271546a428d31a483604c8db29c12"
    "170487ec5c0d4fdf7821e5324101c5ee393733e6892e0b1f26ce0f833e906500"
)
SHA256 = f"{SALT}:6dcf5847d3240b6fc41aa2f144e641ab379cbb537e0c95cca2da4958030d06db"


@pytest.mark.parametrize(
    ("password", "stored", "pepper", "how", "expected"),
    [
        (PASSWORD, RIGHT, PEPPER, APPLIANCE, Match.MATCH),
        (PASSWORD, SHA256, PEPPER, replace(APPLIANCE, length=32, algorithm="sha256"), Match.MATCH),
        (PASSWORD, TEN_THOUSAND, PEPPER, Parameters(), Match.MATCH),
        # The application compares texts, and the salt is a text too.
        (PASSWORD, RIGHT.upper(), PEPPER, APPLIANCE, Match.MISMATCH),
        (PASSWORD, f"{SALT}:{'ü' * 128}", PEPPER, APPLIANCE, Match.MISMATCH),
        ("other", RIGHT, PEPPER, APPLIANCE, Match.MISMATCH),
        (PASSWORD, RIGHT, "another pepper", APPLIANCE, Match.MISMATCH),
        (PASSWORD, RIGHT, PEPPER, Parameters(), Match.MISMATCH),
        (PASSWORD, SHA256, PEPPER, APPLIANCE, Match.UNKNOWN),
        (PASSWORD, "$2b$12$of-another-kind", PEPPER, APPLIANCE, Match.UNKNOWN),
        (PASSWORD, "no login with this", PEPPER, APPLIANCE, Match.UNKNOWN),
        (PASSWORD, "", PEPPER, APPLIANCE, Match.UNKNOWN),
        (PASSWORD, RIGHT, PEPPER, replace(APPLIANCE, algorithm="rot13"), Match.UNKNOWN),
    ],
)
def test_a_password_is_compared_as_the_application_does(
    password: str, stored: str, pepper: str, how: Parameters, expected: Match
) -> None:
    assert compare(password, stored, pepper, how) is expected


@pytest.mark.parametrize(
    ("password", "stored", "how", "said"),
    [
        (PASSWORD, TEN_THOUSAND, APPLIANCE, "with 10000 iterations instead of 1000"),
        (PASSWORD, RIGHT, Parameters(), "with 1000 iterations instead of 10000"),
        (PASSWORD, NO_PEPPER, APPLIANCE, "without NEXTAUTH_SECRET"),
        (PASSWORD, NO_PEPPER, Parameters(), "without NEXTAUTH_SECRET and with 1000 iterations instead of 10000"),
        ("changed later", RIGHT, APPLIANCE, ""),
    ],
)
def test_the_mistakes_that_were_made_are_named_f13(password: str, stored: str, how: Parameters, said: str) -> None:
    assert explain(password, stored, PEPPER, how) == said


def test_the_parameters_are_those_of_the_applications_own_environment_f13() -> None:
    appliance = {"SALT_BYTES": "12", "ITERATIONS": "1000", "KEY_LENGTH": "64", "ALGORITHM": "sha512"}
    assert parameters(appliance) == Parameters(1000, 64, "sha512")
    assert parameters({"ITERATIONS": "", "KEY_LENGTH": "0", "ALGORITHM": ""}) == parameters({}) == Parameters(10000, 64, "sha512")
