# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A quotation is one line of bounded length without secrets, and what is a secret is told by its name (F10, R15)."""

from __future__ import annotations

import time

import pytest
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
        "adminPassword": 47114711,
        "tokenSeconds": 4711,
        "passwd": "canary-5",
        "POSTGRES_PWD": "canary-6",
    }
    assert sorted(secrets_in(given_values)) == ["47114711", *(f"canary-{number}" for number in range(1, 7))]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            'looks like "https://u:canary@charts.example/x" is no repository',
            'looks like "https://(hidden)@charts.example/x" is no repository',
        ),
        ("postgresql://app:can/ary@db:5432/server?sslmode=x", "postgresql://(hidden)@db:5432/server?sslmode=x"),
        ("https://canary@example.org", "https://(hidden)@example.org"),
        ('age: error: unknown recipient type: "AGE-SECRET-KEY-1CANARY"', 'age: error: unknown recipient type: "(hidden)"'),
        ("oci://registry:5000/app@sha256:0123", "oci://registry:5000/app@sha256:0123"),
        ("https://10.0.0.7:6443/api and user x@example.org", "https://10.0.0.7:6443/api and user x@example.org"),
        ("https://[fd00::1]:6443/api", "https://[fd00::1]:6443/api"),
        ("http://[fd00::1]:5000/app@sha256:0123", "http://[fd00::1]:5000/app@sha256:0123"),
        ("http://a:80,http://u:canary@b", "http://a:80,http://(hidden)@b"),
    ],
)
def test_what_is_a_secret_by_its_form_is_hidden_whoever_says_it_f10(said: str, shown: str) -> None:
    assert quote(said) == shown


def test_half_a_character_is_no_traceback() -> None:
    assert secrets_in({"password": "canary\udcff"}) == ("canary%3F", "canary?")


@pytest.mark.parametrize("said", ["://a", "://:", "://a:b"])
def test_a_long_text_of_urls_takes_no_time(said: str) -> None:
    """With a pattern that goes on to the end at each of them it is half a minute."""
    begun = time.process_time()
    quote(said * 30_000)
    assert time.process_time() - begun < 5
