# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No earlier version of the application serves a database that is being migrated in place (R40)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.bootstrap import old_application
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, ScriptedApi, Then, patches, then

OWN_PODS = f"{complete.PODS}?labelSelector=app=server"
SERVING = complete.pod("app-1") | {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}
WAITING = complete.pod("app-2") | {"status": {"phase": "Pending", "conditions": [{"type": "Ready", "status": "False"}]}}
STARTED = complete.pod("app-2") | {"status": {"phase": "Pending"}}


def stop(api: ScriptedApi, progress_timeout: float = 1) -> list[str]:
    """What was shown meanwhile."""
    told: list[str] = []
    old_application.stop(api, Appliance("msp"), progress_timeout=progress_timeout, tell=told.append)
    return told


def test_a_pod_that_serves_is_stopped_with_all_others_and_waited_for_r40(ports: Ports) -> None:
    pods: Answer | Then = then([SERVING, WAITING], [SERVING], [])
    api = ports.api({complete.DEPLOYMENT: complete.deployment(), OWN_PODS: pods}, writes=[patches(complete.DEPLOYMENT)])
    (told,) = stop(api)
    assert api.bodies == [{"spec": {"replicas": 0}}]
    assert "is scaled to 0 replicas while its database is migrated: app-1 runs" in told


@pytest.mark.parametrize("pods", [[], [WAITING], [STARTED]], ids=["none", "behind its gate", "just made"])
def test_where_none_serves_nothing_is_changed(ports: Ports, pods: t.Any) -> None:
    assert stop(ports.api({complete.DEPLOYMENT: complete.deployment(), OWN_PODS: pods})) == []


def test_without_a_deployment_there_is_nothing_to_stop(ports: Ports) -> None:
    assert stop(ports.api({complete.DEPLOYMENT: None})) == []


def test_a_pod_that_does_not_end_ends_the_run_before_anything_is_migrated(ports: Ports) -> None:
    api = ports.api({complete.DEPLOYMENT: complete.deployment(), OWN_PODS: [SERVING]}, writes=[patches(complete.DEPLOYMENT)])
    with pytest.raises(ActionFailed, match=r"app-1 not deleted yet\. Nothing was migrated\."):
        stop(api, progress_timeout=0)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.DEPLOYMENT, OWN_PODS])
def test_what_could_not_be_read_is_not_a_stopped_application_f27(ports: Ports, unread: str, answer: Answer) -> None:
    with pytest.raises(ObservationFailed):
        stop(ports.api({unread: answer}, there={complete.DEPLOYMENT: complete.deployment(), OWN_PODS: []}))
