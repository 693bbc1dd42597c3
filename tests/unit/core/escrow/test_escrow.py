# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The copy off the cluster: its form, and what of it may be restored."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.escrow import escrow

SECRET = escrow.Copy({"A": b"1", "B": b"2"}, {"app": "x"}, {"helm.sh/resource-policy": "keep"})
DOCUMENT = escrow.Document("msp", "7", {"db-credentials": SECRET})
HERE = {"PostgreSQL": "7"}
NAMES = st.text("abc-", min_size=1)
COPIES = st.builds(
    escrow.Copy,
    st.dictionaries(NAMES, st.binary()),
    st.dictionaries(NAMES, st.text()),
    st.dictionaries(NAMES, st.text()),
)


@given(NAMES, st.text("0123456789"), st.dictionaries(NAMES, COPIES))
def test_a_document_is_read_as_it_was_written(namespace: str, identity: str, secrets: dict[str, escrow.Copy]) -> None:
    document = escrow.Document(namespace, identity, secrets)
    assert escrow.read(document.text(), "file") == document


def test_the_order_of_keys_changes_nothing() -> None:
    turned = escrow.Copy({"B": b"2", "A": b"1"}, SECRET.labels, SECRET.annotations)
    assert escrow.Document("msp", "7", {"db-credentials": turned}).text() == DOCUMENT.text()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "canary", '{"schema": 1, "namespace": "n", "system_identifier": "7", "secrets": [1]}']
)
def test_what_is_no_document_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(Refused) as refused:
        escrow.read(text, "the file")
    assert "the file" in str(refused.value) and "alga_escrow" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_a_later_schema_is_refused() -> None:
    later = {**json.loads(DOCUMENT.text()), "schema": escrow.SCHEMA + 1}
    with pytest.raises(Refused, match="schema 2"):
        escrow.read(json.dumps(later), "the file")


@pytest.mark.parametrize(
    ("namespace", "identities", "present", "plan"),
    [
        ("msp", HERE, {}, escrow.Restore(create=("db-credentials",))),
        ("msp", HERE, {"db-credentials": {"A": b"1", "B": b"2"}}, escrow.Restore()),
        ("msp", HERE, {"db-credentials": {"A": b"1", "B": b" "}}, escrow.Restore(fill={"db-credentials": ["B"]})),
        ("msp", HERE, {"db-credentials": {"A": b"1"}}, escrow.Restore(fill={"db-credentials": ["B"]})),
        ("msp", HERE, {"db-credentials": {"A": b"other"}}, escrow.Restore(leave=("db-credentials",))),
        ("msp", {}, {}, escrow.Restore(refusal=escrow.Refusal.IDENTITY_UNKNOWN)),
        ("msp", {**HERE, "claim": "8"}, {}, escrow.Restore(refusal=escrow.Refusal.OTHER_IDENTITY, about=["claim"])),
        ("other", HERE, {}, escrow.Restore(refusal=escrow.Refusal.OTHER_NAMESPACE, about=("msp",))),
    ],
)
def test_what_is_restored(
    namespace: str, identities: dict[str, str], present: dict[str, dict[str, bytes]], plan: escrow.Restore
) -> None:
    assert escrow.decide(DOCUMENT, namespace, identities, present) == plan


@given(st.dictionaries(NAMES, COPIES), st.dictionaries(NAMES, st.dictionaries(NAMES, st.binary())))
def test_no_value_that_exists_is_ever_replaced(secrets: dict[str, escrow.Copy], present: dict[str, dict[str, bytes]]) -> None:
    plan = escrow.decide(escrow.Document("msp", "7", secrets), "msp", HERE, present)
    assert not set(plan.create) & set(present)
    assert not any(present[name].get(key, b"").strip() for name, keys in plan.fill.items() for key in keys)


@pytest.mark.parametrize("refusal", escrow.Refusal)
def test_a_refusal_names_the_option(refusal: escrow.Refusal) -> None:
    said = escrow.refused(refusal, ["PostgreSQL"], "copy.age")
    assert "copy.age" in said and "alga_escrow" in said and "{" not in said


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({}, 0),
        ({"file": "a", "recipients": ["age1x"]}, 0),
        ({"file": "a", "vault_password_file": "b"}, 0),
        ({"file": "a", "recipients": ["age1x"], "vault_password_file": "b"}, 1),
        ({"file": "a"}, 1),
        ({"file": "", "recipients": ["ssh-rsa x"], "password": "canary"}, 3),
        ({"file": "a", "recipients": ["AGE-SECRET-KEY-1canary"]}, 1),
        ({"file": ["canary"], "recipients": "AGE-SECRET-KEY-1canary"}, 2),
    ],
)
def test_everything_that_is_wrong_with_the_option_at_once(given: dict[str, t.Any], errors: int) -> None:
    found = escrow.wrong(given)
    assert len(found) == errors, found
    assert "canary" not in " ".join(found)
