# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The database's volume is looked into by a pod while no PostgreSQL runs on it, and by none while one does."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.contents import Contents
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.observing import database_volume
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, ScriptedApi, deletes, posts, then

PENDING = complete.claim(phase="Pending")
RESTARTED = complete.pod("db-0", mounted=complete.CLAIM)
RESTARTED["status"]["containerStatuses"][0]["lastState"] = {"terminated": {"exitCode": 1}}
SET = {"metadata": {"name": "db"}, "spec": {"template": complete.pod("db", "postgres:17", mounted=complete.CLAIM)}}


def at_rest(api: ScriptedApi, *, first_run: bool = False) -> Contents | None:
    return database_volume.at_rest(api, "msp", complete.CLAIM, helper_image="busybox:1", first_run=first_run)


@pytest.mark.parametrize(
    ("pod", "first_run", "looked"),
    [
        (complete.DATABASE_POD, False, False),
        # A container that crashed may stand on what a killed initdb left, and initdb never runs twice on one directory.
        (RESTARTED, True, True),
        (RESTARTED, False, False),
        (complete.DATABASE_POD, True, False),
    ],
)
def test_a_running_postgresql_is_not_looked_behind_but_after_a_crash_of_a_first_run_f35(
    ports: Ports, pod: t.Any, first_run: bool, looked: bool
) -> None:
    asked, writes = complete.look(*complete.FULL_VOLUME) if looked else ({}, [])
    there = {**asked, complete.STATEFUL_SETS: [], complete.DATABASE_CLAIM: complete.claim()}
    api = ports.api({complete.PODS: [pod]}, there=there, writes=writes)
    seen = at_rest(api, first_run=first_run)
    assert (seen is not None and seen.databases == 4) is looked


@pytest.mark.parametrize("claim", [None, PENDING, complete.claim(phase="Lost", volume="pv-1")])
def test_looking_never_binds_a_claim(ports: Ports, claim: Answer) -> None:
    """No pod is made: the script has no writes."""
    assert at_rest(ports.api({complete.PODS: [], complete.STATEFUL_SETS: [], complete.DATABASE_CLAIM: claim})) is None


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.PODS, complete.STATEFUL_SETS, complete.DATABASE_CLAIM])
def test_what_could_not_be_read_is_no_empty_volume_f27(ports: Ports, unread: str, answer: Answer) -> None:
    there: dict[str, Answer] = {complete.PODS: [], complete.STATEFUL_SETS: [], complete.DATABASE_CLAIM: complete.claim()}
    with pytest.raises(ObservationFailed):
        at_rest(ports.api({unread: answer}, there=there))


def test_the_databases_own_image_looks_and_another_one_where_that_cannot(ports: Ports) -> None:
    """Its look fails, so no version is compared; that must not keep the operator from naming a better image."""
    failing = complete.pod("alga-appliance-look-1")
    failed_state = {"name": "look", "imageID": "", "state": {"terminated": {"exitCode": 1}}}
    failing["status"] = {"phase": "Failed", "containerStatuses": [failed_state]}
    asked, writes = complete.look(*complete.FULL_VOLUME)
    ended = asked[f"{complete.PODS}/alga-appliance-look-1"]
    looks = {
        **asked,
        f"{complete.PODS}/alga-appliance-look-1": then(failing, failing, ended),
        f"{complete.PODS}/alga-appliance-look-1/log": then(
            "exec format error\n", asked[f"{complete.PODS}/alga-appliance-look-1/log"]
        ),
    }
    url = f"{complete.PODS}/alga-appliance-look-1"
    api = ports.api(
        {**looks, complete.PODS: [], complete.STATEFUL_SETS: [SET], complete.DATABASE_CLAIM: complete.claim()},
        writes=[posts(complete.PODS, failing), deletes(url), *writes],
    )
    seen = at_rest(api)
    assert seen is not None and seen.databases == 4
    images = [each.body["spec"]["containers"][0]["image"] for each in api.written if each.method == "POST"]
    assert images == ["postgres:17", "busybox:1"]


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_a_server_that_gives_no_answer_is_not_asked_with_another_image(ports: Ports, answer: Answer) -> None:
    there = {complete.PODS: [], complete.STATEFUL_SETS: [SET], complete.DATABASE_CLAIM: complete.claim(), complete.LIMITS: []}
    with pytest.raises(ObservationFailed):
        at_rest(ports.api(there, writes=[posts(complete.PODS, answer)]))


def test_the_look_is_read_only_and_has_no_token(ports: Ports) -> None:
    asked, writes = complete.look(*complete.EMPTY_VOLUME)
    there = {**asked, complete.PODS: [], complete.STATEFUL_SETS: [], complete.DATABASE_CLAIM: complete.claim()}
    api = ports.api(there, writes=writes)
    seen = database_volume.before_start(api, "msp", complete.CLAIM, "postgres:18", "Always")
    assert seen is not None and not seen.holds_data
    spec = api.written[0].body["spec"]
    assert spec["containers"][0]["volumeMounts"][0]["readOnly"] and spec["automountServiceAccountToken"] is False
    assert spec["volumes"][0]["persistentVolumeClaim"] == {"claimName": complete.CLAIM, "readOnly": True}


def test_a_postgresql_that_started_meanwhile_makes_the_look_worth_nothing(ports: Ports) -> None:
    """Its first initdb would be taken for one that was killed."""
    asked, writes = complete.look("begun", "databases\t1", "image\t")
    # Before the look: who runs, who is on which node; after it: who runs.
    pods = then([], [], [complete.DATABASE_POD])
    there = {**asked, complete.STATEFUL_SETS: [], complete.DATABASE_CLAIM: complete.claim(), complete.PODS: pods}
    assert at_rest(ports.api(there, writes=writes)) is None
