# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generated keys that a complete appliance had are known again, and nothing of them can be read from the record (R29)."""

from __future__ import annotations

import json

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials import known_keys
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.known_keys import (
    Carriers,
    KnownKeys,
    Loss,
    extended,
    lost,
    read,
    told,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused

CORE = f"{names.FULLNAME}{names.APPLICATION_SECRET_SUFFIX}"
REDIS = f"{names.REDIS_SECRET}/{names.REDIS_KEY}"
WHOLE = {
    CORE: {"CRYPTR_KEY": b"canary-1", "NEXTAUTH_SECRET": b"canary-2", "stripe_key": b"canary-3"},
    names.REDIS_SECRET: {names.REDIS_KEY: b"canary-4"},
    names.CREDENTIALS_SECRET: {names.SUPERUSER_KEY: b"canary-5"},
    "workflow-worker-secrets": {"NEXTAUTH_SECRET": b"canary-2"},
}
NOTHING = KnownKeys("", {})
CARRIERS = Carriers("msp", "data", "db-credentials")


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_keys, "ROUNDS", 2)


def recorded() -> KnownKeys:
    return extended(NOTHING, WHOLE, names.FULLNAME, b"salt")


def test_what_is_recorded_is_read_again_and_holds_no_value_r29() -> None:
    record = recorded()
    assert set(record.digests) == {f"{CORE}/CRYPTR_KEY", f"{CORE}/NEXTAUTH_SECRET", REDIS}
    assert read(record.text(), "Secret msp/x", CARRIERS) == record
    assert "canary" not in record.text() and "canary" not in repr(record)
    assert extended(NOTHING, WHOLE, names.FULLNAME, b"pepper").digests != record.digests, "two appliances' records tell nothing"
    assert len(set(record.digests.values())) == len(record.digests)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({CORE: None}, [(CORE, "CRYPTR_KEY", Loss.SECRET_GONE), (CORE, "NEXTAUTH_SECRET", Loss.SECRET_GONE)]),
        ({CORE: {"NEXTAUTH_SECRET": b"canary-2"}}, [(CORE, "CRYPTR_KEY", Loss.MISSING)]),
        ({CORE: {"CRYPTR_KEY": b" \n", "NEXTAUTH_SECRET": b"canary-2"}}, [(CORE, "CRYPTR_KEY", Loss.MISSING)]),
        ({CORE: {"CRYPTR_KEY": b"canary-2", "NEXTAUTH_SECRET": b"canary-2"}}, [(CORE, "CRYPTR_KEY", Loss.OTHER)]),
        ({CORE: {"CRYPTR_KEY": b"canary-1\n", "NEXTAUTH_SECRET": b"canary-2"}}, []),
        ({CORE: {**WHOLE[CORE], "stripe_key": b"another", "HOCUSPOCUS_JWT_SECRET": b"new"}}, []),
        ({names.REDIS_SECRET: {}}, [(names.REDIS_SECRET, names.REDIS_KEY, Loss.MISSING)]),
        ({names.CREDENTIALS_SECRET: None, "workflow-worker-secrets": {}}, []),
    ],
)
def test_what_a_complete_appliance_had_and_has_not_r29(
    change: dict[str, dict[str, bytes] | None], found: list[tuple[str, str, Loss]]
) -> None:
    present = {name: data for name, data in {**WHOLE, **change}.items() if data is not None}
    missed = lost(recorded(), present)
    assert [(each.secret, each.key, each.loss) for each in missed] == found
    if missed:
        message, next_action = told(missed, CARRIERS)
        assert all(secret in message and key in message for secret, key, _loss in found)
        assert (
            "rescue_credentials.yml" in next_action
            and f"annotate persistentvolumeclaim/data secret/db-credentials {names.KEYS_ANNOTATION}-" in next_action
        )
        assert "canary" not in message + next_action + json.dumps([each.evidence() for each in missed])


def test_a_key_that_is_new_is_added_and_what_is_recorded_is_never_replaced_r29() -> None:
    record = recorded()
    assert extended(record, WHOLE, names.FULLNAME, b"other") == record
    later = {**WHOLE, CORE: {"CRYPTR_KEY": b"another", "HOCUSPOCUS_JWT_SECRET": b"new", "TOKEN_SECRET_KEY": b" "}}
    longer = extended(record, later, names.FULLNAME, b"other")
    assert longer.digests.items() >= record.digests.items()
    assert set(longer.digests) - set(record.digests) == {f"{CORE}/HOCUSPOCUS_JWT_SECRET"}
    assert [each.key for each in lost(longer, later)] == ["CRYPTR_KEY", "NEXTAUTH_SECRET"]


@pytest.mark.parametrize(
    "text", ["{", "[]", '"x"', "{}", '{"salt": "zz", "keys": {}}', '{"salt": "00", "keys": []}', '{"salt": 1}']
)
def test_a_record_that_cannot_be_read_is_not_taken_for_none_r29(text: str) -> None:
    with pytest.raises(Refused, match=f"{names.KEYS_ANNOTATION} of Secret msp/x"):
        read(text, "Secret msp/x", CARRIERS)
    assert read("", "Secret msp/x", CARRIERS) == NOTHING
