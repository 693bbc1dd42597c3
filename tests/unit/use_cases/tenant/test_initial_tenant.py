# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first tenant's steps in a row: nothing begins without what it needs, and a half-made tenant has a way on (R33)."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import workloads
from ansible_collections.alga.appliance.plugins.module_utils._adapters.tenant import tenant, tenant_job, tenant_needs, tenant_rows
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import JobState
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.digest import Match
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import Answer
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState
from ansible_collections.alga.appliance.plugins.module_utils._core.tenant.tenant import (
    Administrator,
    Entry,
    Seen,
    TenantStage,
    TenantStep,
    Wanted,
)
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import read
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.tenant import initial_tenant
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.tenant.initial_tenant_steps import FirstTenant, Outcome

ID = "11111111-1111-4111-8111-111111111111"
WANTED = Wanted("Emerald", "ada@example.com", "canary", ID)
RUN = Run(check_mode=False, diff=False, command=lambda _arguments, _stdin, seconds=None: (0, "", ""))
HALF, WHOLE = {"tenants": 1, "users": 0}, {"tenants": 1, "users": 1, "role_permissions": 9}


class World:
    """A database, and a command that does one thing after the other each time it is run.

    :param does: what the command leaves behind: nothing, half a tenant, a whole one; over half a tenant it may also be stubborn.
    """

    def __init__(self, *does: str, begun: bool = False) -> None:
        self.does = list(does)
        self.done: list[str] = []
        self.rows: dict[str, int] = dict(HALF) if begun else {}
        self.entry = Entry(ID, "Emerald") if begun else None

    def command(self) -> None:
        what = self.does.pop(0)
        self.done.append(what)
        if what == "half":
            assert not self.rows, "the id is taken"
            self.rows = dict(HALF)
        elif what == "whole":
            self.rows = dict(WHOLE)
        elif what == "stubborn":
            assert self.rows == HALF


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., dict[str, t.Any]]:
    """Run the steps in a world; the needs are as they are given."""

    def played(
        world: World, needs: t.Sequence[tenant_needs.Seen] = (), *, check_mode: bool = False, **environment: str
    ) -> dict[str, t.Any]:
        class Here(FirstTenant):
            def look(self) -> Seen:
                state = DatabaseState.SEEDED if world.rows == WHOLE else DatabaseState.MIGRATED
                there = bool(world.rows)
                administrators = (Administrator(ID, Match.MATCH),) if world.rows == WHOLE else ()
                answer = Answer(state, f"It is {state.value}.", "Look.")
                return Seen(answer, {ID: "Emerald"} if there else {}, dict(world.rows), administrators, world.entry)

            def lock(self) -> contextlib.AbstractContextManager[t.Any]:
                return contextlib.nullcontext()

            def start(self, stage: TenantStage, tenant_id: str, command: t.Sequence[str]) -> None:
                assert (stage, tenant_id, tuple(command)) == (TenantStage.COMMAND, ID, names.INITIAL_TENANT_COMMAND)

            def watch(self, stage: TenantStage) -> Outcome:
                world.command()
                return Outcome(TenantStep.CREATE, JobState.FAILED, ["FATAL: duplicate key"])

        def begin(_server: object, tenant_id: str, name: str) -> None:
            world.entry = world.entry or Entry(tenant_id, name)

        def complete(_server: object, _tenant: str) -> None:
            assert world.entry is not None
            world.entry = dataclasses.replace(world.entry, completed="today")

        def set_aside(_server: object, tenant_id: str) -> None:
            assert tenant_id == ID
            world.done.append("aside")
            world.rows = {}

        asked = iter(needs)
        monkeypatch.setattr(tenant, "begin", begin)
        monkeypatch.setattr(tenant, "complete", complete)
        monkeypatch.setattr(tenant_rows, "set_aside", set_aside)
        monkeypatch.setattr(tenant_job, "dismiss", lambda _api, _namespace: None)
        monkeypatch.setattr(tenant_needs, "look", lambda _api, _namespace, _needed: next(asked))
        app = tenant_job.Application("msp", "app", "app:1", (), (), {})
        options = read(initial_tenant.USE_CASE.options, {"job_environment": environment, "progress_timeout": 1})
        first = Here(t.cast("t.Any", None), app, options, WANTED, lambda _sentence: None)
        return initial_tenant._plan(first, RUN) if check_mode else initial_tenant._work(first, RUN)

    return played


def test_what_was_cut_off_is_gone_on_with_first(play: t.Callable[..., dict[str, t.Any]]) -> None:
    world = World("whole", begun=True)
    assert play(world)["state"] == "complete"
    assert world.done == ["whole"]


def test_a_half_made_tenant_that_stops_the_command_is_set_aside_and_made_anew_r33(
    play: t.Callable[..., dict[str, t.Any]],
) -> None:
    world = World("stubborn", "whole", begun=True)
    assert (play(world)["state"], world.done) == ("complete", ["stubborn", "aside", "whole"])
    assert world.entry is not None and (world.entry.tenant, world.entry.completed) == (ID, "today")


@pytest.mark.parametrize(
    ("world", "done"),
    [
        # What this run's command has just left is what the next run goes on with: nothing is moved on its word.
        (World("half"), ["half"]),
        (World("nothing"), ["nothing"]),
        (World("stubborn", "half", begun=True), ["stubborn", "aside", "half"]),
    ],
)
def test_rows_are_set_aside_once_a_run_and_never_before_the_command_went_on_r33(
    play: t.Callable[..., dict[str, t.Any]], world: World, done: list[str]
) -> None:
    with pytest.raises(ActionFailed, match="duplicate key"):
        play(world)
    assert world.done == done


ABSENT = tenant_needs.Seen(("Service msp/temporal-frontend does not exist",))


def test_the_command_is_not_started_without_what_it_needs_r33(play: t.Callable[..., dict[str, t.Any]]) -> None:
    for check_mode in (True, False):
        world = World()
        with pytest.raises(Refused) as refused:
            play(world, [ABSENT], check_mode=check_mode, TEMPORAL_ADDRESS="temporal-frontend:7233")
        assert refused.value.message == (
            "Tenant Emerald is created by node /app/server/scripts/appliance-create-tenant.mjs, which requires Temporal at "
            "temporal-frontend:7233 and its worker: Service msp/temporal-frontend does not exist. The command was not started. "
            "Install the releases temporal and temporal-worker, or correct TEMPORAL_ADDRESS in alga_values or "
            "alga_bootstrap_env, then run recover.yml. If no tenant should be created, delete Secret appliance-initial-tenant."
        )
        assert (world.entry, world.done) == (None, []), "nothing was begun"


def test_without_an_address_nothing_is_looked_for(play: t.Callable[..., dict[str, t.Any]]) -> None:
    world = World("whole")
    assert (play(world)["state"], world.done) == ("complete", ["whole"])


def test_what_runs_whole_lets_the_command_begin_r33(play: t.Callable[..., dict[str, t.Any]]) -> None:
    world = World("whole")
    assert play(world, [tenant_needs.Seen()], TEMPORAL_ADDRESS="temporal-frontend:7233")["state"] == "complete"


def test_what_is_not_ready_yet_is_waited_for_and_told_r33(
    play: t.Callable[..., dict[str, t.Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    pod: dict[str, t.Any] = {"metadata": {"name": "temporal-worker-1"}, "status": {"phase": "Running"}, "spec": {}}
    worker: dict[str, t.Any] = {
        "kind": "Deployment",
        "metadata": {"name": "temporal-worker", "namespace": "msp"},
        "spec": {"replicas": 1},
    }
    waits = tenant_needs.Seen(lacks=(workloads.Lack(worker, "0 of 1 replicas are available", (pod,)),))
    world = World("whole")
    assert play(world, [waits, waits, tenant_needs.Seen()], TEMPORAL_ADDRESS="temporal-frontend:7233")["state"] == "complete"
    assert world.done == ["whole"]
    with pytest.raises(Refused):
        play(World(), [waits, ABSENT], TEMPORAL_ADDRESS="temporal-frontend:7233")
