# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A password is proved by whoever uses it: a port that answers, or a list that could not be read, proves nothing (F11)."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import postgresql
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import login_proof
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, ScriptedApi

APPLIANCE = Appliance("msp")
POOLER = complete.consumer("pooler-1", labels={"app.kubernetes.io/name": "pgbouncer"}, role=names.POOLER_ROLE)


def deployment(available: int, role: str = names.APPLICATION_ROLE) -> t.Any:
    made = complete.deployment(env=[complete.from_secret(role)])
    made["status"] |= {"availableReplicas": available, "updatedReplicas": available}
    return made


def prove(api: ScriptedApi, role: str, password: bytes = b"canary-new") -> None:
    login_proof.prove(api, APPLIANCE, role, password, progress_timeout=0, playbook="rotate_credentials.yml")


def standing(ports: Ports, made: t.Any, pods: t.Sequence[t.Any] = (), **there: Answer) -> ScriptedApi:
    lists = {complete.DEPLOYMENTS: [made], complete.STATEFUL_SETS: [], complete.PODS: list(pods), path("events", "msp"): []}
    return ports.api({}, there={**lists, **there}, forwards=True)


def test_consumers_that_are_available_have_proved_it(ports: Ports) -> None:
    prove(standing(ports, deployment(1)), names.APPLICATION_ROLE)


def test_a_consumer_that_does_not_come_up_is_named(ports: Ports) -> None:
    with pytest.raises(ActionFailed, match=r"Deployment .*: 0 of 1 replicas.*run rotate_credentials\.yml again") as raised:
        prove(standing(ports, deployment(0)), names.APPLICATION_ROLE)
    assert complete.silent(raised.value.message)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.DEPLOYMENTS, complete.STATEFUL_SETS])
def test_consumers_that_could_not_be_listed_are_not_none_f27(ports: Ports, unread: str, answer: t.Any) -> None:
    with pytest.raises(ObservationFailed):
        prove(standing(ports, deployment(1), **{unread: answer}), names.APPLICATION_ROLE)


@pytest.mark.parametrize("refused", [False, True])
def test_pgbouncer_is_logged_into_and_through(ports: Ports, monkeypatch: pytest.MonkeyPatch, refused: bool) -> None:
    logins: list[dict[str, t.Any]] = []

    def log_in(**how: t.Any) -> None:
        logins.append(how)
        if refused:
            raise ObservationFailed("A login was tried and refused with SQLSTATE 08P01.", reason=Reason.QUERY_FAILED)

    monkeypatch.setattr(postgresql, "log_in_through_pooler", log_in)
    api = standing(ports, deployment(1, names.POOLER_ROLE), [POOLER])
    if refused:
        with pytest.raises(ActionFailed, match="08P01") as raised:
            prove(api, names.POOLER_ROLE)
        assert complete.silent(raised.value.message)
    else:
        prove(api, names.POOLER_ROLE)
    assert (logins[0]["sock"], logins[0]["database"]) == ("msp/pooler-1:6432", names.DATABASE)


def test_the_port_of_an_exporter_is_not_pgbouncers(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    logins: list[dict[str, t.Any]] = []
    monkeypatch.setattr(postgresql, "log_in_through_pooler", lambda **how: logins.append(how))
    pod = copy.deepcopy(POOLER)
    pod["spec"]["containers"][0]["ports"] = [{"containerPort": 9127}, {"containerPort": names.POOLER_PORT}]
    prove(standing(ports, deployment(1, names.POOLER_ROLE), [pod]), names.POOLER_ROLE)
    assert logins[0]["sock"] == f"msp/pooler-1:{names.POOLER_PORT}"


def test_a_password_that_is_no_text_is_said_without_it(ports: Ports) -> None:
    with pytest.raises(ObservationFailed, match=r"UTF-8 text") as raised:
        prove(ports.api(), names.APPLICATION_ROLE, b"canary\xff")
    assert complete.silent(raised.value.message)
