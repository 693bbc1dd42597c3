# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A quotation is one line of bounded length without secrets, and what is a secret is told by its name (F10, R15)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.job_log import forms
from ansible_collections.alga.appliance.plugins.module_utils._core.quote import LONGEST, NOTHING, quote, secrets_in


@given(st.text(max_size=1500), st.text(alphabet="abcdef", min_size=6, max_size=30), st.text(max_size=1500))
def test_no_part_of_a_secret_is_left_where_the_text_is_cut_f10(before: str, secret: str, after: str) -> None:
    said = quote(f"{before}{secret.upper()}{after}", forms([secret.upper().encode()]))
    assert said and len(said.splitlines()) <= 1 and len(said) <= LONGEST + 3
    assert secret.upper() not in said


def test_the_beginning_and_the_end_of_a_long_text_stay_r15() -> None:
    said = quote(f"It failed. {'and ' * 500}The disk is full.")
    assert said.startswith("It failed.") and said.endswith("The disk is full")
    assert quote(" \n ") == NOTHING


def test_what_is_a_secret_is_told_by_its_name_f10() -> None:
    given_values = {
        "redis": {"password": "canary-1", "existingSecret": "redis-credentials"},
        "env": [{"name": "NEXTAUTH_SECRET", "value": "canary-2"}, {"name": "HOST", "value": "appliance.example"}],
        "tokens": ["canary-3"],
        "config": {"db": {"server_password_admin_secret": {"name": "db-credentials", "key": "postgres"}}},
        "imagePullSecrets": ["registry"],
        "apiKey": "canary-4",
        "number": 4711,
    }
    assert sorted(secrets_in(given_values)) == ["canary-1", "canary-2", "canary-3", "canary-4"]
