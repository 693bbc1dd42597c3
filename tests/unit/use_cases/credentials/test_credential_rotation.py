# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No role gets a new password whose next writes would not succeed: they are tried with the server's dry run first (R6)."""

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import APPS, KubernetesApi, path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.credentials import Match
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.rotation import Rotation, RotationStep
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import read
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import credential_rotation
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials.credential_rotation import Rotating

ROLE = names.APPLICATION_ROLE
KEY = names.ROLE_KEYS[ROLE]
SECRET = path("secrets", "msp", names.CREDENTIALS_SECRET)
HISTORY = path("secrets", "msp", f"{names.CREDENTIALS_SECRET}-history")
DEPLOYMENT = path("deployments", "msp", "app", group=APPS)


class Server:
    """A namespace with the Secret, a Deployment and its pod; it refuses writes of one path, dry runs as well."""

    def __init__(self, refused: str = "") -> None:
        self.refused = refused
        self.dry: list[str] = []
        self.wet: list[str] = []

    def get(self, url: str) -> t.Any:
        if url == SECRET:
            return {"metadata": {}, "data": {KEY: base64.b64encode(b"canary-old").decode()}}
        if url == path("pods", "msp", "app-1"):
            return {"metadata": {"name": "app-1", "ownerReferences": [{"kind": "Deployment", "name": "app"}]}}
        return None

    def items(self, url: str) -> t.Any:
        assert url == path("pods", "msp")
        reference = {"secretKeyRef": {"name": names.CREDENTIALS_SECRET, "key": KEY}}
        containers = [{"name": "app", "env": [{"name": "DB_PASSWORD_SERVER", "valueFrom": reference}]}]
        status = {"phase": "Running", "containerStatuses": [{"state": {"running": {}}}]}
        return [{"metadata": {"name": "app-1", "namespace": "msp"}, "spec": {"containers": containers}, "status": status}]

    def merge(self, url: str, _body: t.Any, *, dry_run: bool = False) -> t.Any:
        (self.dry if dry_run else self.wet).append(url)
        if url == self.refused:
            raise ObservationFailed("PATCH was answered with 422: field is immutable.", reason=Reason.API_ERROR)
        return {}

    def create(self, url: str, body: t.Any, *, dry_run: bool = False) -> t.Any:
        return self.merge(f"{url}/{body['metadata']['name']}", body, dry_run=dry_run)


def rotate(
    server: Server, monkeypatch: pytest.MonkeyPatch, step: RotationStep, *, check_mode: bool = False
) -> list[RotationStep]:
    """Take one step of a rotation; returns the steps that were taken."""
    taken: list[RotationStep] = []
    steps = iter([step, RotationStep.NOTHING])
    monkeypatch.setattr(credential_rotation, "decide", lambda _seen: next(steps))
    monkeypatch.setattr(Rotating, "seen", lambda _self, _role, *, wanted: Rotation(wanted, Match.MATCH))
    monkeypatch.setattr(Rotating, "act", lambda _self, step, _role: taken.append(step))
    run = Run(check_mode=check_mode, diff=False, command=lambda _arguments, _stdin, seconds=None: (0, "", ""))
    api: KubernetesApi = t.cast("t.Any", server)
    credential_rotation._rotate(Rotating(api, read(credential_rotation.Options, {})), ROLE, run)
    return taken


@pytest.mark.parametrize("refused", [SECRET, HISTORY, DEPLOYMENT])
@pytest.mark.parametrize("step", [RotationStep.WRITE_DOWN, RotationStep.ALTER_ROLE])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_write_that_would_fail_is_found_before_the_role_has_its_password_r6(
    monkeypatch: pytest.MonkeyPatch, refused: str, step: RotationStep, check_mode: bool
) -> None:
    server = Server(refused)
    with pytest.raises(Refused) as raised:
        rotate(server, monkeypatch, step, check_mode=check_mode)
    assert server.wet == []
    assert raised.value.message == (
        "Could not rotate the password of role app_user: a server-side dry run of the steps that follow failed: PATCH was "
        "answered with 422: field is immutable. The role's password was not changed. Fix the cause, then run "
        "rotate_credentials.yml again."
    )


def test_a_verifier_that_is_nobodys_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused) as raised:
        rotate(Server(), monkeypatch, RotationStep.REFUSE)
    assert raised.value.message == (
        "Could not rotate the password of role app_user: its verifier in PostgreSQL matches neither DB_PASSWORD_SERVER in Secret "
        "msp/db-credentials nor the password that an earlier rotation stored. Somebody else changed it, so its consumers are "
        "unknown. Nothing more was changed. Run status.yml, and make the two match first."
    )


@pytest.mark.parametrize("step", [RotationStep.WRITE_DOWN, RotationStep.ALTER_ROLE])
def test_everything_that_follows_is_tried_r6(monkeypatch: pytest.MonkeyPatch, step: RotationStep) -> None:
    server = Server()
    assert rotate(server, monkeypatch, step) == [step]
    assert (server.dry, server.wet) == ([HISTORY, SECRET, DEPLOYMENT], [])


@pytest.mark.parametrize("step", [RotationStep.PUBLISH, RotationStep.RESTART_CONSUMERS, RotationStep.FORGET])
def test_what_the_role_has_already_is_brought_to_its_end(monkeypatch: pytest.MonkeyPatch, step: RotationStep) -> None:
    server = Server(SECRET)
    assert rotate(server, monkeypatch, step) == [step] and server.dry == []
