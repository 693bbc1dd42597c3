# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application starts behind its gate, which gets no password; what could not be read is not a missing gate."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import gate_script
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.release.startup_gate import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, patches

CONFIG = path("configmaps", "msp", names.GATE)
CURRENT = {"data": {gate_script.NAME: gate_script.SOURCE}}
BARE, GATED = complete.deployment(gated=False), complete.deployment()


def ask(*, check_mode: bool = False) -> t.Any:
    options = complete.options(USE_CASE)
    return USE_CASE.answer(options, complete.run(check_mode=check_mode))


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_gate_is_put_before_the_application_and_gets_no_password(ports: Ports, check_mode: bool) -> None:
    applied = patches(complete.DEPLOYMENT, GATED, dry_run=check_mode)
    writes = [applied] if check_mode else [patches(CONFIG), applied]
    api = ports.api({complete.DEPLOYMENT: BARE, CONFIG: None}, writes=writes)
    result = ask(check_mode=check_mode)
    assert (result["state"], result["changed"]) == ("open", True)
    (gate,) = api.written[-1].body["spec"]["template"]["spec"]["initContainers"]
    assert gate["env"][-1]["valueFrom"]["secretKeyRef"] == {"name": "db-credentials", "key": "DB_PASSWORD_SERVER"}
    assert gate["image"] == complete.IMAGE


def test_a_gate_that_is_there_is_kept(ports: Ports) -> None:
    """The server is asked by an apply that changes nothing."""
    ports.api({complete.DEPLOYMENT: GATED, CONFIG: CURRENT}, writes=[patches(complete.DEPLOYMENT, GATED)])
    result = ask()
    assert (result["state"], result["decision"], result["changed"]) == ("gated", "keep", False)


def test_without_a_deployment_check_mode_plans_and_a_run_refuses(ports: Ports) -> None:
    ports.api({complete.DEPLOYMENT: None})
    assert ask(check_mode=True)["changed"]
    with pytest.raises(Refused) as raised:
        ask()
    assert raised.value.message == (
        f"Could not add the startup gate to Deployment msp/{names.FULLNAME}: it does not exist. Check what helm installed."
    )


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.DEPLOYMENT, CONFIG])
def test_what_could_not_be_read_is_not_a_missing_gate_f27(ports: Ports, unread: str, answer: Answer) -> None:
    ports.api({unread: answer}, there={complete.DEPLOYMENT: BARE})
    with pytest.raises(ApplianceError):
        ask()
