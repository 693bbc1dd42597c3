# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way in without a password: psql in PostgreSQL's own pod, with no password in what it is given (U5)."""

from __future__ import annotations

import json

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.local_psql import LocalPsql
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, Executed, ScriptedApi

REFUSED = ObservationFailed("psql was tried and did not succeed: 42501.", reason=Reason.LOOK_FAILED)


def psql(api: ScriptedApi) -> LocalPsql:
    return LocalPsql(api, "msp", complete.CLAIM)


def running(ports: Ports, prints: bytes | ObservationFailed) -> ScriptedApi:
    return ports.api({complete.PODS: [complete.DATABASE_POD]}, executes=[Executed("db-0", "main", "psql -XqAt", prints)])


def test_identity_and_verifiers_are_read_together(ports: Ports) -> None:
    answer = json.dumps({"identity": complete.IDENTITY, "roles": {"postgres": "SCRAM", "reader": ""}}).encode()
    assert psql(running(ports, answer)).read() == (complete.IDENTITY, {"postgres": "SCRAM", "reader": ""})


def test_roles_are_altered_in_one_transaction_under_the_lock_by_verifiers_alone(ports: Ports) -> None:
    api = running(ports, b"")
    psql(api).alter({"app_user": b"canary-1", 'odd"name': b"canary-2"})
    (sent,) = [each.body["stdin"] for each in api.written]
    assert sent.startswith("BEGIN;\n") and sent.endswith("COMMIT;\n\\q\n") and complete.silent(sent)
    assert sent.index("pg_advisory_xact_lock") < sent.index("ALTER ROLE") and "SET LOCAL lock_timeout" in sent
    assert sent.count("PASSWORD 'SCRAM-SHA-256$4096:") == 2 and 'ALTER ROLE "odd""name"' in sent
    assert api.guarded == 1, "whoever lost the Lease alters nothing"


def test_a_refusal_is_passed_on(ports: Ports) -> None:
    with pytest.raises(ObservationFailed, match="42501"):
        psql(running(ports, REFUSED)).read()


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_pods_that_could_not_be_listed_are_not_a_stopped_server_f27(ports: Ports, answer: Answer) -> None:
    api = ports.api({complete.PODS: answer})
    for ask in (psql(api).runs, psql(api).read):
        with pytest.raises(ObservationFailed):
            ask()


def test_without_a_pod_it_is_said_that_none_runs(ports: Ports) -> None:
    api = ports.api({complete.PODS: [], complete.STATEFUL_SETS: []})
    assert not psql(api).runs() and not psql(api).is_installed()
    with pytest.raises(ObservationFailed, match=r"claim msp/") as raised:
        psql(api).read()
    assert raised.value.reason is Reason.NO_RUNNING_POD
