# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far the appliance's volumes are looked at: no pod where everything is answered, and one where a question is open."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import StorageState
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import classify
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import db_credentials
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.observing import storage_options
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer

OPTIONS = complete.read_options(db_credentials.USE_CASE)
OTHERS = [name for name in complete.CLAIMS.values() if name != complete.CLAIM]


def test_an_appliance_that_runs_costs_no_pod_and_no_look_at_a_node(ports: Ports) -> None:
    seen = storage_options.observe(ports.api({}, there=complete.objects()), OPTIONS)
    assert classify(seen) is StorageState.PRESENT and seen.directories is None and seen.contents is None


@pytest.mark.parametrize(
    "claims",
    [[], [complete.claim(phase="Pending"), *map(complete.claim, OTHERS)], [complete.ready_claim(), complete.claim(OTHERS[0])]],
    ids=["no claim", "the database's has no volume", "one is missing"],
)
def test_a_claim_that_could_have_lost_its_data_opens_the_question(ports: Ports, claims: t.Any) -> None:
    volumes = [complete.volume(each["metadata"]["name"]) for each in claims if each["spec"].get("volumeName")]
    there = complete.nothing(claims=claims, volumes=volumes, pods=[complete.DATABASE_POD])
    asked = {complete.NODES: there.pop(complete.NODES)}
    seen = storage_options.observe(ports.api(asked, there=there), OPTIONS)
    assert seen.directories == ()


def test_a_volume_that_no_node_can_mount_is_not_looked_into_r9(ports: Ports) -> None:
    """No pod on it could ever be scheduled; without a script for one, making it would fail here."""
    stranded = complete.volume()
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["gone"]}]}
    stranded["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
    claims = [complete.ready_claim(), *map(complete.claim, OTHERS)]
    there = complete.nothing(claims=claims, volumes=[stranded, *map(complete.volume, OTHERS)])
    seen = storage_options.observe(ports.api({}, there=there), OPTIONS)
    assert classify(seen) is StorageState.NO_NODE and seen.contents is None


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.PVCS, complete.PVS, complete.NODES, "/api/v1/configmaps", "/apis"])
def test_each_place_that_could_not_be_looked_at_ends_the_look_f27(ports: Ports, unread: str, answer: Answer) -> None:
    with pytest.raises(ObservationFailed):
        storage_options.observe(ports.api({unread: answer}, there=complete.nothing()), OPTIONS)
