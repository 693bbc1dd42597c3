# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What still has an earlier password is found by asking, restarted, and asked again until nothing has."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import stale_consumers
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import FAILED, UNKNOWN, Answer, Executed, patches

APPLIANCE = Appliance("msp")
KEY = names.ROLE_KEYS[names.APPLICATION_ROLE]
DATA = {KEY: b"canary-new"}
POD = f"{complete.PODS}/app-1"
REFUSED = ObservationFailed("cat was tried and was answered with 403.", reason=Reason.API_FORBIDDEN)


def started_with(value: str) -> Executed:
    return Executed("app-1", "main", "cat /proc/1/environ", f"PATH=/bin\0DB_PASSWORD_SERVER={value}\0".encode())


def restart(
    ports: Ports, executes: t.Sequence[Executed], *, restarted: bool = True, progress_timeout: float = 1, **there: Answer
) -> t.Any:
    asked = {complete.PODS: [complete.consumer()], **({POD: complete.consumer()} if restarted else {})}
    api = ports.api(asked, there=there, executes=executes, writes=[patches(complete.DEPLOYMENT)] if restarted else [])
    stale_consumers.restart(api, APPLIANCE, DATA, [KEY], progress_timeout=progress_timeout, playbook="rotate_credentials.yml")
    return api


def test_a_consumer_is_restarted_and_asked_until_it_has_the_new_one(ports: Ports) -> None:
    api = restart(ports, [started_with("canary-old"), started_with("canary-old"), started_with("canary-new")])
    assert "restartedAt" in str(api.bodies) and complete.silent(api.bodies)


def test_one_that_has_it_is_left_alone(ports: Ports) -> None:
    restart(ports, [started_with("canary-new")] * 2, restarted=False)


def test_one_that_keeps_the_old_one_is_named(ports: Ports) -> None:
    with pytest.raises(ActionFailed, match=r"pods app-1 still have the old one.*run rotate_credentials\.yml again") as raised:
        restart(ports, [started_with("canary-old")] * 2, progress_timeout=0)
    assert complete.silent(raised.value.message)


def test_a_pod_that_could_not_be_asked_is_not_up_to_date_f27(ports: Ports) -> None:
    api = ports.api({complete.PODS: [complete.consumer()]}, executes=[started_with("canary-new")._replace(prints=REFUSED)])
    with pytest.raises(ObservationFailed, match=r"403"):
        stale_consumers.stale(api, APPLIANCE, DATA)


GONE = ObservationFailed('cat failed with status 500: container not found ("main").', reason=Reason.API_ERROR)


def test_a_container_that_ended_while_it_was_asked_is_asked_again(ports: Ports) -> None:
    asked = [started_with("canary-new")._replace(prints=GONE), started_with("canary-old")]
    api = ports.api({complete.PODS: [complete.consumer()]}, executes=asked)
    assert stale_consumers.stale(api, APPLIANCE, DATA) == {KEY: ("app-1",)}


def test_a_container_that_does_not_run_gets_the_new_one_when_it_starts(ports: Ports) -> None:
    pod = complete.consumer()
    pod["status"]["containerStatuses"] = [{"name": "main", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]
    assert stale_consumers.stale(ports.api({complete.PODS: [pod]}), APPLIANCE, DATA) == {}


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_a_list_that_could_not_be_read_is_not_nobody_f27(ports: Ports, answer: Answer) -> None:
    with pytest.raises(ObservationFailed):
        stale_consumers.stale(ports.api({complete.PODS: answer}), APPLIANCE, DATA)


def test_a_restart_is_rehearsed_by_the_server_and_restarts_nothing_r6(ports: Ports) -> None:
    script = {complete.PODS: [complete.consumer()], POD: complete.consumer()}
    api = ports.api(script, writes=[patches(complete.DEPLOYMENT, dry_run=True)])
    stale_consumers.rehearse(api, APPLIANCE, KEY, playbook="rotate_credentials.yml")
    assert api.bodies == []
    refusing = ports.api(script, writes=[patches(complete.DEPLOYMENT, FAILED, dry_run=True)])
    with pytest.raises(ObservationFailed):
        stale_consumers.rehearse(refusing, APPLIANCE, KEY, playbook="rotate_credentials.yml")


def test_a_pod_that_nothing_would_make_anew_is_left_to_a_person(ports: Ports) -> None:
    lonely = complete.consumer(owner="")
    api = ports.api({complete.PODS: [lonely], POD: lonely}, executes=[started_with("canary-old")])
    with pytest.raises(ActionFailed, match=r"by hand, .*then run rotate_credentials\.yml again"):
        stale_consumers.restart(api, APPLIANCE, DATA, [KEY], progress_timeout=1, playbook="rotate_credentials.yml")
