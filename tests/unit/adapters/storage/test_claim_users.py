# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who uses a claim: whoever could still write on it, and nobody who only looks."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.storage import claim_users
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer


def pod(phase: str = "Running", state: dict[str, t.Any] | None = None, mounted: str = complete.CLAIM, **metadata: t.Any) -> t.Any:
    made = complete.pod("db-0", mounted=mounted, **metadata)
    made["status"] = {"phase": phase, "containerStatuses": [{"name": "main", "state": state or {"running": {}}}]}
    return made


LEAVING: dict[str, t.Any] = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
WAITING = {"waiting": {"reason": "CrashLoopBackOff"}}


@pytest.mark.parametrize(
    ("item", "uses", "runs"),
    [
        (pod(), True, True),
        (pod("Pending", WAITING), True, False),
        (pod("Running", WAITING), True, False),
        # Until it is gone, it may write.
        (pod(**LEAVING), True, False),
        (pod("Unknown"), True, False),
        (pod("Succeeded"), False, False),
        (pod("Failed"), False, False),
        (pod(labels={"alga.appliance/look": ""}), False, True),
        (pod(mounted="another"), False, True),
    ],
)
def test_a_user_is_whoever_is_not_over_and_running_is_more_than_that(ports: Ports, item: t.Any, uses: bool, runs: bool) -> None:
    assert bool(claim_users.users(ports.api({complete.PODS: [item]}), "msp", complete.CLAIM)) is uses
    assert claim_users.is_running(item) is runs


def test_a_pod_without_a_status_yet_is_a_user(ports: Ports) -> None:
    fresh = {"metadata": {"name": "db-0"}, "spec": pod()["spec"]}
    assert claim_users.users(ports.api({complete.PODS: [fresh]}), "msp", complete.CLAIM) == [fresh]


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("look", [claim_users.users, claim_users.stateful_sets])
def test_a_list_that_could_not_be_read_is_not_nobody_f27(ports: Ports, look: t.Any, answer: Answer) -> None:
    with pytest.raises(ObservationFailed):
        look(ports.api({complete.PODS if look is claim_users.users else complete.STATEFUL_SETS: answer}), "msp", complete.CLAIM)


def test_the_set_and_its_container_are_those_that_mount_the_claim(ports: Ports) -> None:
    own = {"metadata": {"name": "db"}, "spec": {"template": complete.pod("db", mounted=complete.CLAIM)}}
    other = {"metadata": {"name": "redis"}, "spec": {"template": complete.pod("redis", mounted="another")}}
    (found,) = claim_users.stateful_sets(ports.api({complete.STATEFUL_SETS: [other, own]}), "msp", complete.CLAIM)
    assert found["metadata"]["name"] == "db"
    assert (claim_users.container(own, complete.CLAIM) or {})["name"] == "main"
    assert claim_users.container(other, complete.CLAIM) is None
