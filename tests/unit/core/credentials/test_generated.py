# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other generated Secrets: what is wrong with a key is found, and its value is never told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.generated import (
    Finding,
    Used,
    changed,
    in_use,
    report,
)

CORE = f"{names.FULLNAME}{names.APPLICATION_SECRET_SUFFIX}"
WHOLE = {
    name: {key: f"canary-{names.OTHER_NAMES.get(key, key)}".encode() for key in keys}
    for name, keys in names.generated(names.FULLNAME).items()
}


def with_key(secret: str, key: str, value: bytes | None) -> dict[str, dict[str, bytes]]:
    data = {each: found for each, found in {**WHOLE[secret], key: value}.items() if found is not None}
    return {**WHOLE, secret: data}


@pytest.mark.parametrize(
    ("secret", "key", "value", "finding"),
    [
        (CORE, "CRYPTR_KEY", None, Finding.MISSING),
        (CORE, "CRYPTR_KEY", b"", Finding.EMPTY),
        (CORE, "CRYPTR_KEY", b" \n", Finding.EMPTY),
        (CORE, "CRYPTR_KEY", b"canary-CRYPTR_KEY\n", Finding.WHITE_SPACE),
        (names.REDIS_SECRET, "REDIS_PASSWORD", b"", Finding.EMPTY),
        (names.SHARED_SECRET, "ALGA_AUTH_KEY", None, Finding.MISSING),
        ("workflow-worker-secrets", "CRYPTO_KEY", b"change-me-in-prod", Finding.DEFAULT),
        ("email-service-secrets", "IMAP_WEBHOOK_SECRET", b"Change-Me-In-Production", Finding.DEFAULT),
        ("temporal-worker-secrets", "ALGA_AUTH_KEY", b"another", Finding.UNEQUAL),
        ("email-service-secrets", "NEXTAUTH_SECRET", b"another", Finding.UNEQUAL),
        ("email-service-secrets", "IMAP_WEBHOOK_SECRET", None, Finding.MISSING),
        ("temporal-worker-secrets", "INTERNAL_API_SHARED_SECRET", None, Finding.MISSING),
        ("temporal-worker-secrets", "TOKEN_SECRET_KEY", b"another", Finding.UNEQUAL),
        ("workflow-worker-secrets", "CRYPTO_KEY", b"another", Finding.UNEQUAL),
        ("workflow-worker-secrets", "CRYPTO_KEY", b"canary-CRYPTR_KEY\n", Finding.WHITE_SPACE),
        ("workflow-worker-secrets", "ALGA_AUTH_KEY", b"canary-ALGA_AUTH_KEY\n", Finding.WHITE_SPACE),
    ],
)
def test_what_is_wrong_with_a_key_f12_f13_f14(secret: str, key: str, value: bytes | None, finding: Finding) -> None:
    rows = report(with_key(secret, key, value), names.FULLNAME)
    assert [(row.secret, row.key, row.finding) for row in rows] == [(secret, key, finding)]
    assert secret in rows[0].next_action and key in rows[0].next_action
    assert "canary" not in json.dumps([row.evidence() for row in rows])


def test_what_is_as_it_has_to_be_or_not_installed_has_no_row() -> None:
    assert report(WHOLE, names.FULLNAME) == []
    assert report({}, names.FULLNAME) == []
    assert report({"somebody-else": {"PASSWORD": b"change-me"}}, names.FULLNAME) == []
    assert report({**WHOLE, CORE: {**WHOLE[CORE], "stripe_secret": b""}}, names.FULLNAME) == [], "an option that is not used"


SECRETS = st.dictionaries(st.sampled_from([CORE, "other"]), st.dictionaries(st.sampled_from("abc"), st.binary(max_size=2)))


@given(SECRETS, SECRETS)
def test_a_changed_or_lost_value_is_found_and_a_new_one_is_none_f12(
    before: dict[str, dict[str, bytes]], after: dict[str, dict[str, bytes]]
) -> None:
    found = changed(before, after)
    for name, data in before.items():
        for key, value in data.items():
            assert (key in found.get(name, [])) is (bool(value) and after.get(name, {}).get(key) != value)
    assert changed(before, {name: {**after.get(name, {}), **data} for name, data in before.items()}) == {}


def test_of_the_workers_only_what_a_pod_reads_is_judged_r39() -> None:
    """Their charts render Secrets and keys with a value for everybody that no pod of theirs reads."""
    secrets = with_key("workflow-worker-secrets", "CRYPTO_KEY", b"change-me")

    def judged(used: Used) -> list[str]:
        return [row.secret for row in in_use({**secrets, CORE: {**WHOLE[CORE], "CRYPTR_KEY": b""}}, names.FULLNAME, used, set())]

    assert judged({}) == [CORE], "the application's own count without a pod"
    assert judged({"workflow-worker-secrets": frozenset({"TOKEN_SECRET_KEY"})}) == [CORE]
    assert judged({"workflow-worker-secrets": frozenset({"CRYPTO_KEY"})}) == [CORE, "workflow-worker-secrets"]
    assert judged({"workflow-worker-secrets": None}) == [CORE, "workflow-worker-secrets"]


def test_what_no_pod_reads_is_nothing_to_compare_with() -> None:
    """The key's first Secret is one that nobody uses, and two that are used differ."""
    key = "INTERNAL_API_SHARED_SECRET"
    values = {"workflow-worker-secrets": b"a", "email-service-secrets": b"b", "temporal-worker-secrets": b"c"}
    secrets = {name: {key: value} for name, value in values.items()}
    used: Used = {"email-service-secrets": frozenset({key}), "temporal-worker-secrets": frozenset({key})}
    (row,) = in_use(secrets, names.FULLNAME, used, set())
    assert (row.secret, row.key, row.finding) == ("temporal-worker-secrets", key, Finding.UNEQUAL)
    assert f"{key} in Secret email-service-secrets" in row.next_action


@pytest.mark.parametrize(
    ("needed", "rows"),
    [(set(), 0), ({("workflow-worker-secrets", "CRYPTO_KEY")}, 1), ({("workflow-worker-secrets", "")}, 1)],
)
def test_a_key_that_is_missing_and_optional_for_every_pod_is_no_finding(needed: set[tuple[str, str]], rows: int) -> None:
    secrets = with_key("workflow-worker-secrets", "CRYPTO_KEY", None)
    used: Used = {"workflow-worker-secrets": frozenset({"CRYPTO_KEY"})}
    assert len(in_use(secrets, names.FULLNAME, used, needed)) == rows


def test_the_workers_crypto_key_is_the_cores_cryptr_key() -> None:
    (row,) = report(with_key("email-service-secrets", "CRYPTO_KEY", b"another"), names.FULLNAME)
    assert f"CRYPTR_KEY in Secret {CORE}" in row.next_action
