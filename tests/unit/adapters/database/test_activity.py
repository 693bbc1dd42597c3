# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a standing Job waits for, in words that repeat no statement, and what moves; unknown is said."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import activity
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.server import InCluster
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import LOST, Reply, SqlError

WORKERS, BLOCKED, INDEX = "SELECT pid, query_start", "pg_blocking_pids", "pg_stat_progress_create_index"


def server(ports: Ports, **seen: Reply) -> InCluster:
    ports.postgresql({"server": {WORKERS: [[7, "2026-01-01"]], BLOCKED: [], INDEX: [[None]], **seen}})
    return InCluster(ports.api({}, there=complete.objects(), forwards=True), Appliance("msp"))


def test_whoever_holds_the_lock_is_named(ports: Ports) -> None:
    row = [7, "active", "Lock relation", "AccessExclusiveLock on users", "9 (app_user, node, idle in transaction)"]
    said = activity.waits(server(ports, **{BLOCKED: [row]}), "server")
    assert said == (
        "process 7 is active and waits for Lock relation, AccessExclusiveLock on users, "
        "held by process 9 (app_user, node, idle in transaction)"
    )


def test_nobody_there_is_said(ports: Ports) -> None:
    assert "is connected to database 'server'" in activity.waits(server(ports, **{WORKERS: []}), "server")


@pytest.mark.parametrize("reply", [SqlError("57P01"), LOST])
def test_what_could_not_be_read_is_said_and_is_not_nobody(ports: Ports, reply: t.Any) -> None:
    assert activity.waits(server(ports, **{BLOCKED: reply}), "server").startswith("what it waits for could not be read: ")
    with pytest.raises(ObservationFailed):
        activity.movement(server(ports, **{INDEX: reply}), "server")


def test_an_index_that_grows_and_a_new_statement_are_movement_f28(ports: Ports) -> None:
    seen = {activity.movement(server(ports, **{INDEX: [[blocks]]}), "server") for blocks in ("1", "2", None)}
    seen |= {activity.movement(server(ports, **{WORKERS: [[7, when]]}), "server") for when in ("2026-01-01", "2026-01-02")}
    assert len(seen) == 4
