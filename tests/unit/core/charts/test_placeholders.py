# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which values are placeholders, and which of those are keys that encrypt (W15)."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.charts.check import check
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.rows import Row
from ansible_collections.alga.appliance.tests.unit.core.charts.manifests import charts, deployment, env

ERROR, WARNING = [Row.PLACEHOLDER_KEY], [Row.PLACEHOLDER]
FILE = "# change me if you like\nkey=5ca1ab1e\n"
PLACEHOLDERS = ("change-me", "CHANGEME", "change_me", "replace me", "change-me-in-prod", "please-change-me", "x:change-me@db")
OTHERS = ("", "exchangeMessages", "change-metrics", "replaceMetadata", "xchangeme", "change", FILE, "a\nchange-me\n")
KEYS = ("CRYPTO_KEY", "CRYPTR_KEY", "ENCRYPTION_KEY", "ALGA_CRYPTO_KEY", "CRYPTOKEY", "encryption-key", "N8N_ENCRYPTION_KEY")
NO_KEYS = ("LETSENCRYPT_EMAIL", "ENCRYPTED_TOPIC", "encryption.conf", "BCRYPT_ROUNDS", "DECRYPTION", "NEXTAUTH_SECRET")


def rows(name: str, value: str) -> list[list[Row]]:
    """What is found where a variable has the value, and where a Secret does that a pod reads as a file or as a variable."""
    quoted = "'" + value.replace("\n", "\n\n") + "'"
    encoded = base64.b64encode(value.encode()).decode()
    plain = deployment(env(**{name: quoted}))
    secret = f"---\nkind: Secret\nmetadata: {{name: s}}\ndata: {{{name}: '{encoded}'}}\n"
    file = deployment("      volumes: [{name: v, secret: {secretName: s}}]")
    whole = deployment("        envFrom: [{secretRef: {name: s}}]")
    return [[each.row for each in check(charts(text))] for text in (plain, secret + file, secret + whole)]


@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_a_placeholder_is_known_by_its_words_w15(value: str) -> None:
    assert rows("CRYPTO_KEY", value) == [ERROR] * 3
    assert rows("PASSWORD", f"{value}\n") == [WARNING] * 3


@pytest.mark.parametrize("value", OTHERS)
def test_a_word_or_a_file_that_contains_them_is_none_w15(value: str) -> None:
    assert rows("CRYPTO_KEY", value) == [[]] * 3


@pytest.mark.parametrize("name", KEYS)
def test_only_a_key_that_encrypts_is_an_error_w15(name: str) -> None:
    assert rows(name, "change-me") == [ERROR] * 3


@pytest.mark.parametrize("name", NO_KEYS)
def test_another_name_is_a_warning_w15(name: str) -> None:
    assert rows(name, "changeme@example.com") == [WARNING] * 3
