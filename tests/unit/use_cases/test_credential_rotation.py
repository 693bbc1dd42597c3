# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No role gets a new password whose next writes would not succeed: they are tried with the server's dry run first (R6)."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.kubernetes import APPS, path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials import Match
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.rotation import Rotation, RotationStep
from ansible_collections.alga.appliance.plugins.module_utils._use_cases import credential_rotation
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credential_rotation import Rotating
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedApi, patches, posts, status

ROLE = names.APPLICATION_ROLE
KEY = names.ROLE_KEYS[ROLE]
PARAMS = {"namespace": "msp", "credentials_secret": names.CREDENTIALS_SECRET, "fullname": names.FULLNAME}
SECRET = path("secrets", "msp", names.CREDENTIALS_SECRET)
HISTORY = path("secrets", "msp", f"{names.CREDENTIALS_SECRET}-history")
DEPLOYMENT = path("deployments", "msp", names.FULLNAME, group=APPS)


IMMUTABLE = status(422, "Invalid", "field is immutable")
CHAIN = (HISTORY, SECRET, DEPLOYMENT)


def server(ports: Ports, tried: int = 0, *, refused: bool = False) -> ScriptedApi:
    """A namespace with the Secret, a Deployment and its pod; nothing but dry runs is expected.

    :param tried: how many writes of the chain; the last one of them is refused, where that is so.
    """
    dry = [posts(complete.SECRETS, dry_run=True), *(patches(url, dry_run=True) for url in CHAIN[1:])][:tried]
    dry[-1:] = [each._replace(answer=IMMUTABLE) for each in dry[-1:]] if refused else dry[-1:]
    objects = {SECRET: complete.secret(), HISTORY: None, complete.PODS: [complete.consumer()]}
    return ports.api({}, there={**objects, f"{complete.PODS}/app-1": complete.consumer()}, writes=dry)


def rotate(
    server: ScriptedApi, monkeypatch: pytest.MonkeyPatch, step: RotationStep, *, check_mode: bool = False
) -> list[RotationStep]:
    """Take one step of a rotation; returns the steps that were taken."""
    taken: list[RotationStep] = []
    steps = iter([step, RotationStep.NOTHING])
    monkeypatch.setattr(credential_rotation, "decide", lambda _seen: next(steps))
    monkeypatch.setattr(Rotating, "seen", lambda _self, _role, *, wanted: Rotation(wanted, Match.MATCH))
    monkeypatch.setattr(Rotating, "act", lambda _self, step, _role: taken.append(step))
    run = Run(check_mode=check_mode, diff=False, command=lambda _arguments, _stdin, seconds=None: (0, "", ""))
    credential_rotation._rotate(Rotating(server, PARAMS), ROLE, run)
    return taken


@pytest.mark.parametrize("refused", range(1, 4), ids=["history", "secret", "deployment"])
@pytest.mark.parametrize("step", [RotationStep.WRITE_DOWN, RotationStep.ALTER_ROLE])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_write_that_would_fail_is_found_before_the_role_has_its_password_r6(
    ports: Ports, monkeypatch: pytest.MonkeyPatch, refused: int, step: RotationStep, check_mode: bool
) -> None:
    api = server(ports, refused, refused=True)
    with pytest.raises(Refused, match=r"dry run first and would not succeed: .*immutable.*was not changed") as raised:
        rotate(api, monkeypatch, step, check_mode=check_mode)
    assert api.bodies == [] and complete.silent(raised.value.message)


@pytest.mark.parametrize("step", [RotationStep.WRITE_DOWN, RotationStep.ALTER_ROLE])
def test_everything_that_follows_is_tried_r6(ports: Ports, monkeypatch: pytest.MonkeyPatch, step: RotationStep) -> None:
    api = server(ports, len(CHAIN))
    assert rotate(api, monkeypatch, step) == [step] and api.bodies == []


@pytest.mark.parametrize("step", [RotationStep.PUBLISH, RotationStep.RESTART_CONSUMERS, RotationStep.FORGET])
def test_what_the_role_has_already_is_brought_to_its_end(
    ports: Ports, monkeypatch: pytest.MonkeyPatch, step: RotationStep
) -> None:
    assert rotate(server(ports), monkeypatch, step) == [step]
