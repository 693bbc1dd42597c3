# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Secret that the chart does not make: made once, kept for good, and never made again over an appliance that had it (F15)."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials.shared_secret import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import CONFLICT, UNKNOWN, Answer, posts

SHARED = f"{complete.SECRETS}/{names.SHARED_SECRET}"
OPTIONS = complete.options(USE_CASE)


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("claim", [None, complete.begun_claim()], ids=["nothing", "a first run"])
def test_it_is_made_once_with_a_value_of_its_own(ports: Ports, check_mode: bool, claim: Answer) -> None:
    writes = [] if check_mode else [posts(complete.SECRETS)]
    api = ports.api({SHARED: None, complete.DATABASE_CLAIM: claim}, writes=writes)
    result = USE_CASE.answer(OPTIONS, complete.run(check_mode=check_mode))
    assert (result["state"], result["decision"], result["changed"]) == ("absent", "create", True)
    for body in api.bodies:
        (value,) = complete.decoded(body["data"]).values()
        assert len(value) == 64 and value not in str(result)
        assert names.HELM_RELEASE_ANNOTATION not in body["metadata"]["annotations"], "helm must not take it for its own"
        assert body["metadata"]["annotations"][names.KEEP_ANNOTATION] == names.KEEP


def test_the_second_run_keeps_it(ports: Ports) -> None:
    ports.api({SHARED: complete.secret(names.SHARED_SECRET, {names.SHARED_SECRET_KEY: "canary"})})
    result = USE_CASE.answer(OPTIONS, complete.run())
    assert (result["decision"], result["changed"]) == ("keep", False) and complete.silent(result)


@pytest.mark.parametrize("data", [{}, {names.SHARED_SECRET_KEY: " \n"}, {"OTHER": "canary"}])
def test_a_key_is_never_filled_in(ports: Ports, data: dict[str, str]) -> None:
    ports.api({SHARED: complete.secret(names.SHARED_SECRET, data)})
    with pytest.raises(Refused) as raised:
        USE_CASE.answer(OPTIONS, complete.run())
    assert raised.value.message == (
        "Secret msp/alga-psa-shared exists but has no value for ALGA_AUTH_KEY. A missing value is never added automatically: "
        "restore the key from your backup, or delete the Secret if nothing uses it yet, then run the playbook again."
    )
    assert raised.value.evidence["state"] == "partial" and complete.silent(raised.value.message)


def test_over_a_complete_appliance_none_is_made_f15(ports: Ports) -> None:
    ports.api({SHARED: None, complete.DATABASE_CLAIM: complete.ready_claim()})
    with pytest.raises(Refused) as raised:
        USE_CASE.answer(OPTIONS, complete.run())
    assert raised.value.message == (
        f"Secret msp/alga-psa-shared does not exist, but PersistentVolumeClaim msp/{complete.CLAIM} holds a complete appliance, "
        "which had it. Another value would end every session and break whatever else depends on the old one, so none was "
        "created. Restore the Secret from your backup. If it is permanently lost, create it by hand with a new value of "
        "ALGA_AUTH_KEY, then run the playbook again."
    )


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [SHARED, complete.DATABASE_CLAIM])
def test_what_could_not_be_read_is_not_absent_f27(ports: Ports, unread: str, answer: Answer) -> None:
    ports.api({unread: answer}, there={SHARED: None, complete.DATABASE_CLAIM: None})
    with pytest.raises(ApplianceError) as raised:
        USE_CASE.answer(OPTIONS, complete.run())
    assert USE_CASE.failure(raised.value)["state"] == "unknown"


def test_whoever_was_faster_has_made_the_one_that_counts(ports: Ports) -> None:
    ports.api({SHARED: None, complete.DATABASE_CLAIM: None}, writes=[posts(complete.SECRETS, CONFLICT)])
    with pytest.raises(Refused, match="created by somebody else"):
        USE_CASE.answer(OPTIONS, complete.run())
