# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret's value is found in every form in which it may be printed."""

from __future__ import annotations

import base64
import json
import typing as t
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.job_log import HIDDEN, redact
from ansible_collections.alga.appliance.plugins.module_utils._core.support.redaction import forms, literals

SECRET = 'pass"word/with+all? & ünïcode'


@pytest.mark.parametrize(
    "printed",
    [
        SECRET,
        json.dumps(SECRET),
        urllib.parse.quote(SECRET, safe=""),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"postgres:{SECRET}".encode()).decode(),
        base64.b64encode(f'{{"auths":{{"auth":"{SECRET}"}}}}'.encode()).decode(),
        f"psql: password {SECRET}: refused",
    ],
)
def test_a_secret_is_hidden_in_each_form(printed: str) -> None:
    shown = redact(printed, forms([SECRET.encode()]))
    assert HIDDEN in shown
    assert SECRET not in shown and not shown.startswith(printed[:20] + printed[20:30])


@given(st.binary(min_size=6, max_size=60), st.binary(max_size=30), st.binary(max_size=30))
def test_the_value_of_a_secret_cannot_be_decoded_from_what_is_shown(secret: bytes, before: bytes, after: bytes) -> None:
    if secret.strip() != secret:
        return  # an end that is white space may stay
    whole = base64.b64encode(before + secret + after).decode()
    shown = redact(whole, forms([secret]))
    # Of each value at most the bytes at its two ends share a character with what stands beside them.
    assert HIDDEN in shown or len(secret) < 8


@pytest.mark.parametrize("word", ["true", "server", "postgres", "app_user", "abc", ""])
def test_what_everybody_knows_or_is_too_short_stays(word: str) -> None:
    assert redact(f"the {word} is up", forms([word.encode()])) == f"the {word} is up"


def test_a_private_key_is_hidden_line_by_line() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nZZZZZZZZZZZZZZZZZZZZ\n-----END PRIVATE KEY-----\n"
    shown = redact(f"log: {key.splitlines()[1]} and {key.splitlines()[2]}", forms([key.encode()]))
    assert shown == f"log: {HIDDEN} and {HIDDEN}"


CONTAINER = {
    "env": [{"name": "REDIS_PASSWORD", "value": "canary-of-a-variable"}, {"name": "LOG_LEVEL", "value": "debug"}],
    "command": ["redis-server"],
    "args": [
        "--requirepass canary-of-an-argument",
        "--masterauth-token=canary-of-another",
        "--password",
        "$(FROM_A_SECRET)",
        "--port",
        "6379",
    ],
}


@pytest.mark.parametrize(
    "item",
    [
        {"kind": "Pod", "spec": {"containers": [CONTAINER]}},
        {"kind": "Pod", "spec": {"containers": [], "initContainers": [CONTAINER]}},
        {"kind": "Deployment", "spec": {"replicas": 0, "template": {"spec": {"containers": [CONTAINER]}}}},
    ],
)
def test_what_is_a_secret_without_a_secret_is_found_in_each_kind_of_object(item: dict[str, t.Any]) -> None:
    found = literals(item)
    assert {"canary-of-a-variable", "canary-of-an-argument", "canary-of-another"} <= {*found}
    assert not {"debug", "6379", "redis-server", "$(FROM_A_SECRET)"} & {*found}


@pytest.mark.parametrize("item", [{}, {"spec": None}, {"spec": {"template": None}}, {"spec": {"containers": None}}])
def test_an_object_without_containers_has_none(item: dict[str, t.Any]) -> None:
    assert literals(item) == ()
