# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sizes of bound claims, and whether they can grow; what could not be read is not known."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.storage import claim_sizes
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.sizes import Held
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer

CLASS = "/apis/storage.k8s.io/v1/storageclasses/local-path"
HELD = Held(complete.CLAIM, "20Gi", "local-path")


def grown() -> t.Any:
    """A claim that got more than it asked for."""
    made = complete.claim()
    made["status"]["capacity"]["storage"] = "30Gi"
    return made


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ([complete.claim()], [HELD]),
        ([grown()], [Held(complete.CLAIM, "30Gi", "local-path")]),
        ([complete.claim(phase="Pending")], []),
        ([complete.claim("another")], []),
    ],
)
def test_the_volumes_own_size_counts(ports: Ports, claims: t.Any, found: list[Held]) -> None:
    assert claim_sizes.read(ports.api({complete.PVCS: claims}), "msp", [complete.CLAIM]) == found


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_claims_that_could_not_be_read_are_not_none_and_a_class_is_not_known(ports: Ports, answer: Answer) -> None:
    with pytest.raises(ObservationFailed):
        claim_sizes.read(ports.api({complete.PVCS: answer}), "msp", [complete.CLAIM])
    assert claim_sizes.expandable(ports.api({CLASS: answer}), HELD).expandable is None


@pytest.mark.parametrize(
    ("found", "expandable"), [(None, False), ({"provisioner": "x"}, False), ({"allowVolumeExpansion": True}, True)]
)
def test_a_class_that_does_not_say_so_lets_nothing_grow(ports: Ports, found: Answer, expandable: bool) -> None:
    assert claim_sizes.expandable(ports.api({CLASS: found}), HELD).expandable is expandable
