# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of the generated keys is on the claim and on the Secret, so that either may be made anew (R29)."""

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials import known_keys
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import generated_keys

CLAIM = f"persistentvolumeclaims/{names.claims(names.FULLNAME)[names.DATABASE_SECTION]}"
SECRET, REDIS = "secrets/db-credentials", f"secrets/{names.REDIS_SECRET}"
APPLIANCE = Appliance("msp")


class Server:
    """Has a claim and two Secrets, and answers nothing else."""

    def __init__(self) -> None:
        self.redis: bytes | None = b"canary"
        self.records: dict[str, str] = {CLAIM: "", SECRET: ""}

    def get(self, url: str) -> dict[str, t.Any] | None:
        name = url.partition("/namespaces/msp/")[2]
        if name == REDIS and self.redis is not None:
            return {"metadata": {}, "data": {names.REDIS_KEY: base64.b64encode(self.redis).decode()}}
        record = self.records.get(name)
        return None if record is None else {"metadata": {"annotations": {names.KEYS_ANNOTATION: record} if record else None}}

    @property
    def api(self) -> KubernetesApi:
        """The same, as the code takes it."""
        return t.cast("KubernetesApi", self)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """An appliance whose record was just made."""
    monkeypatch.setattr(known_keys, "ROUNDS", 2)
    made = Server()
    text = generated_keys.record(made.api, APPLIANCE)
    assert text
    made.records = {CLAIM: text, SECRET: text}
    return made


@pytest.mark.parametrize("gone", [CLAIM, SECRET])
def test_either_carrier_may_be_made_anew_r29(server: Server, gone: str) -> None:
    record, server.records[gone] = server.records[gone], ""
    server.redis, kept = None, server.redis
    assert [each.key for each in generated_keys.lost(server.api, APPLIANCE)] == [names.REDIS_KEY]
    with pytest.raises(Refused, match="This step changed nothing"):
        generated_keys.refuse_lost(server.api, APPLIANCE, "This step changed nothing.")
    server.redis = kept
    assert generated_keys.record(server.api, APPLIANCE) == record, "the other one gets its record again"
    server.records[gone] = record
    assert generated_keys.record(server.api, APPLIANCE) is None


def test_what_both_forget_is_forgotten_and_recorded_anew_r29(server: Server) -> None:
    server.records, server.redis = {CLAIM: "", SECRET: ""}, b"another"
    assert not generated_keys.lost(server.api, APPLIANCE)
    text = generated_keys.record(server.api, APPLIANCE)
    assert text
    server.records[SECRET] = text
    assert not generated_keys.lost(server.api, APPLIANCE)


def test_a_claim_that_does_not_exist_says_nothing_against_the_secret_r29(server: Server) -> None:
    del server.records[CLAIM]
    server.redis = b"another"
    assert [each.loss for each in generated_keys.lost(server.api, APPLIANCE)] == [known_keys.Loss.OTHER]
