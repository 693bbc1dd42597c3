# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys that an appliance is known by: a key that is gone or another one stops everything that could make one anew (R29)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials import known_keys
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.known_keys import Loss
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import generated_keys
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, ScriptedApi

APPLIANCE = Appliance("msp")
APPLICATION = f"{complete.SECRETS}/{complete.APPLICATION_SECRET}"
SECRETS = {f"{complete.SECRETS}/{name}": None for name in names.known_keys(names.FULLNAME)}
KEYS = {"NEXTAUTH_SECRET": "canary-1", "CRYPTR_KEY": "canary-2"}


def holding(ports: Ports, record: str | None, keys: dict[str, str] | None) -> ScriptedApi:
    claim = complete.ready_claim(**({names.KEYS_ANNOTATION: record} if record is not None else {}))
    secret = None if keys is None else complete.secret(complete.APPLICATION_SECRET, keys)
    carrier = complete.secret()
    carrier["metadata"]["annotations"] |= {names.KEYS_ANNOTATION: record} if record is not None else {}
    return ports.api({complete.DATABASE_CLAIM: claim}, there={**SECRETS, APPLICATION: secret, complete.CREDENTIALS: carrier})


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """How slowly a digest is made says nothing here."""
    monkeypatch.setattr(known_keys, "ROUNDS", 1)


@pytest.fixture
def record(ports: Ports) -> str:
    """What is recorded of the keys once the appliance is complete."""
    written = generated_keys.record(holding(ports, None, KEYS), APPLIANCE)
    assert written and complete.silent(written)
    return written


@pytest.mark.parametrize(
    ("keys", "loss"),
    [
        (None, Loss.SECRET_GONE),
        ({"NEXTAUTH_SECRET": "canary-1"}, Loss.MISSING),
        ({**KEYS, "CRYPTR_KEY": " \n"}, Loss.MISSING),
        ({**KEYS, "CRYPTR_KEY": "canary-other"}, Loss.OTHER),
    ],
)
def test_a_key_that_is_gone_or_another_one_is_refused_with_the_way_back_r29(
    ports: Ports, record: str, keys: dict[str, str] | None, loss: Loss
) -> None:
    found = generated_keys.lost(holding(ports, record, keys), APPLIANCE)
    assert [(each.key, each.loss) for each in found][:1] == [("CRYPTR_KEY", loss)]
    told = " ".join(generated_keys.told(APPLIANCE, found))
    assert "CRYPTR_KEY" in told and "rescue_credentials.yml" in told and complete.silent(told)


def test_the_same_keys_are_kept_and_recorded_once(ports: Ports, record: str) -> None:
    assert generated_keys.lost(holding(ports, record, {**KEYS, "CRYPTR_KEY": "canary-2\n"}), APPLIANCE) == []
    assert generated_keys.record(holding(ports, record, KEYS), APPLIANCE) is None
    later = generated_keys.record(holding(ports, record, {**KEYS, "TOKEN_SECRET_KEY": "canary-3"}), APPLIANCE)
    assert later and "TOKEN_SECRET_KEY" in later and "CRYPTR_KEY" in later


def test_a_value_that_was_lost_does_not_become_the_recorded_one(ports: Ports, record: str) -> None:
    """Whoever records a complete appliance again, after a key was made anew, must not make that one the right one."""
    assert generated_keys.record(holding(ports, record, {**KEYS, "CRYPTR_KEY": "canary-other"}), APPLIANCE) is None


@pytest.mark.parametrize("broken", ["{", "[]", '{"salt": "zz", "keys": {}}', '{"salt": "00"}'])
def test_a_record_that_cannot_be_read_is_not_taken_for_none(ports: Ports, broken: str) -> None:
    for look in (generated_keys.lost, generated_keys.record):
        act: t.Any = look
        claim = complete.ready_claim(**{names.KEYS_ANNOTATION: broken})
        api = ports.api({complete.DATABASE_CLAIM: claim}, there={complete.CREDENTIALS: None})
        with pytest.raises(Refused, match="valid record"):
            act(api, APPLIANCE)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.DATABASE_CLAIM, APPLICATION])
def test_a_secret_or_a_record_that_could_not_be_read_is_not_gone_f27(
    ports: Ports, record: str, unread: str, answer: Answer
) -> None:
    claim = complete.ready_claim(**{names.KEYS_ANNOTATION: record})
    api = ports.api({unread: answer}, there={**SECRETS, complete.DATABASE_CLAIM: claim, complete.CREDENTIALS: None})
    with pytest.raises(ObservationFailed):
        generated_keys.lost(api, APPLIANCE)


def test_without_a_record_no_key_is_known_and_no_secret_is_asked_for(ports: Ports) -> None:
    api = ports.api({complete.DATABASE_CLAIM: None}, there={complete.CREDENTIALS: None})
    assert generated_keys.lost(api, APPLIANCE) == []
