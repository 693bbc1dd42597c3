# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pods of a Secret really have: read from the processes, and a pod that could not be asked has nothing proved (U12)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.credentials import consumers
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import Executed

SECRET = names.CREDENTIALS_SECRET
KEY = names.ROLE_KEYS[names.APPLICATION_ROLE]
POOLER = complete.consumer("pooler-1", labels={"app.kubernetes.io/name": "pgbouncer"}, role=names.POOLER_ROLE)
GONE = ObservationFailed("cat was tried and the pod is gone.", reason=Reason.POD_UNREACHABLE)


def environment(pod: str, *values: str) -> Executed:
    text = "".join(f"{each}\0" for each in ("PATH=/bin", *values))
    return Executed(pod, "main", "cat /proc/1/environ", text.encode())


def leaving() -> t.Any:
    made = complete.consumer("app-2")
    made["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return made


def test_only_running_pods_with_the_secret_and_not_postgresqls_own_are_consumers() -> None:
    own = complete.pod("db-0", mounted=complete.CLAIM, env=[complete.from_secret(names.SUPERUSER)])
    found = consumers.of([complete.consumer(), own, leaving(), complete.APPLICATION_POD], SECRET, complete.CLAIM)
    assert [pod["metadata"]["name"] for pod in found] == ["app-1"]
    assert consumers.with_key(found, SECRET, KEY) == found and consumers.with_key(found, SECRET, "OTHER") == []
    assert consumers.addresses(found) == ("10.0.0.7",)


@pytest.mark.parametrize(
    ("value", "stale"),
    [("canary-new", ()), ("canary-old", ("app-1",)), ("", ("app-1",)), ("canary-new\n", ("app-1",)), ("a=b", ("app-1",))],
)
def test_the_value_at_its_start_counts(ports: Ports, value: str, stale: tuple[str, ...]) -> None:
    api = ports.api(executes=[environment("app-1", f"DB_PASSWORD_SERVER={value}")])
    seen = consumers.read(api, [complete.consumer()], SECRET, {KEY: b"canary-new"})
    assert (seen.stale.get(KEY, ()), seen.unread) == (stale, "")
    assert not seen.stale or complete.silent(seen.stale)


def test_a_pod_that_could_not_be_asked_is_said_and_the_others_are_asked(ports: Ports) -> None:
    second = complete.consumer("app-2")
    api = ports.api(executes=[environment("app-1")._replace(prints=GONE), environment("app-2", "DB_PASSWORD_SERVER=canary-old")])
    seen = consumers.read(api, [complete.consumer(), second], SECRET, {KEY: b"canary-new"})
    assert seen.unread == GONE.message and seen.stale == {KEY: ("app-2",)}


@pytest.mark.parametrize("unread", [False, True])
def test_poolers_copy_is_read_and_one_that_could_not_be_is_none(ports: Ports, unread: bool) -> None:
    users = Executed("pooler-1", "main", "cat /work/userlist.txt", GONE if unread else b'"app_user" "SCRAM-SHA-256$x"\n')
    seen = consumers.read(ports.api(executes=[environment("pooler-1"), users]), [POOLER], SECRET, {})
    assert seen.pooler == (None if unread else {"app_user": "SCRAM-SHA-256$x"}) and bool(seen.unread) is unread
