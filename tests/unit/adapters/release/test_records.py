# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helm's records over the API: read without helm, and forgotten by their status."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.release import records
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, deletes


def test_the_last_record_is_read(ports: Ports) -> None:
    found = records.find(ports.api({complete.RECORDS: complete.records("a: b", "failed")}), "msp", names.RELEASE)
    assert found is not None and (found.status, found.manifest) == ("failed", "a: b")


def test_no_record_is_no_release(ports: Ports) -> None:
    assert records.find(ports.api({complete.RECORDS: []}), "msp", names.RELEASE) is None


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_what_could_not_be_read_is_not_absent_f27(ports: Ports, answer: Answer) -> None:
    with pytest.raises(ObservationFailed):
        records.find(ports.api({complete.RECORDS: answer}), "msp", names.RELEASE)


def test_a_record_of_another_form_is_said_with_its_name(ports: Ports) -> None:
    *_older, newest = complete.records("a: b")
    with pytest.raises(ObservationFailed) as raised:
        records.find(ports.api({complete.RECORDS: [{**newest, "data": {"release": "canary"}}]}), "msp", names.RELEASE)
    assert raised.value.message == (
        "Helm release msp/alga-core could not be read: its Secret sh.helm.release.v1.alga-core.v2 does not contain a record as "
        "helm 3 and 4 write it."
    )
    assert raised.value.next_action == "Check helm status alga-core --namespace msp, then run the same playbook again."


def test_only_records_of_the_status_are_forgotten(ports: Ports) -> None:
    _older, newest = complete.records("", "pending-upgrade")
    api = ports.api(
        {f"{complete.RECORDS},status=pending-upgrade": [newest]},
        writes=[deletes(f"{complete.SECRETS}/{newest['metadata']['name']}")],
    )
    records.forget(api, "msp", names.RELEASE, "pending-upgrade")
