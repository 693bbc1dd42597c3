# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a container of the collection asks for, so that a quota or a LimitRange lets it in (R13)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import limits
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap import resources
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import FORBIDDEN, UNKNOWN, Answer

RANGE = {"spec": {"limits": [{"type": "Container", "max": {"memory": "128Mi"}}]}}


def of(ports: Ports, ranges: Answer, pod: t.Any = None) -> t.Any:
    return limits.of(ports.api({complete.LIMITS: ranges}), "msp", resources.LOOK, pod)


def test_every_kind_is_named_because_a_quota_refuses_what_names_none_r13(ports: Ports) -> None:
    asked = of(ports, [])
    assert all(asked[kind].keys() >= {"cpu", "memory"} for kind in ("requests", "limits"))


def test_a_limit_range_is_kept_to_and_what_a_pod_says_is_kept(ports: Ports) -> None:
    assert of(ports, [RANGE])["limits"]["memory"] == "128Mi"
    pod = {"containers": [{"name": "c", "resources": {"limits": {"memory": "4Gi"}}}]}
    assert of(ports, [], pod)["limits"]["memory"] == "4Gi"


def test_who_may_not_read_limit_ranges_is_told_by_the_server_what_does_not_fit(ports: Ports) -> None:
    assert of(ports, FORBIDDEN) == of(ports, [])


@pytest.mark.parametrize("answer", [answer for name, answer in UNKNOWN.items() if name != "forbidden"])
def test_every_other_failure_is_one(ports: Ports, answer: Answer) -> None:
    with pytest.raises(ObservationFailed):
        of(ports, answer)
