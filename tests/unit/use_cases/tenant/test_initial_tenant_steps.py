# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first tenant's steps: under the lock, once more on what is seen there, and in the ledger before anything starts."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.tenant import tenant_job
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import JobState
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.tenant.tenant import TenantStage, TenantStep, Wanted
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.tenant import initial_tenant
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.tenant.initial_tenant_steps import (
    STEPS,
    FirstTenant,
    Outcome,
)
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import SqlError, Statement, deletes, patches, posts

STARTED = [patches(path("configmaps", "msp", names.TENANT_JOB)), posts(complete.JOBS)]
BEGUN = [Statement("server", part) for part in ("CREATE SCHEMA", "CREATE TABLE", f"INSERT INTO {names.TENANT_LEDGER}")]
PEPPER = complete.secret(complete.APPLICATION_SECRET, {names.PEPPER_KEY: "canary-pepper"})
# An administrator whose digest is in no form that is known, and no role has a permission.
UNSEEDED = {
    **complete.tenants(made=True, begun=True),
    "FROM pg_tables": complete.inside(tables=[names.TENANT_LEDGER])["FROM pg_tables"],
    "tenants WHERE completed IS NULL": [[True]],
    "coalesce(hashed_password": [[complete.TENANT, "argon2"]],
    "(SELECT count(*)": [[1, 1, 1, 1, 0]],
}


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> list[TenantStage]:
    """The stages whose Jobs were watched."""
    seen: list[TenantStage] = []

    def watch(_first: FirstTenant, stage: TenantStage) -> Outcome:
        seen.append(stage)
        return Outcome(TenantStep.CREATE if stage is TenantStage.COMMAND else TenantStep.SEED, JobState.SUCCEEDED, [])

    monkeypatch.setattr(FirstTenant, "watch", watch)
    return seen


def first(
    ports: Ports, seen: t.Any, *, sql: t.Any = (), api: t.Any = (), lock: t.Any = None, progress_timeout: float = 1
) -> FirstTenant:
    everywhere = {**complete.everywhere({"postgres": "", "server": ""}), **(lock or {})}
    ports.postgresql({"postgres": {}, "server": seen}, everywhere=everywhere, writes=sql)
    there: dict[str, t.Any] = {complete.TENANT_COMMAND: None, complete.TENANT_SEEDS: None, complete.LIMITS: []}
    there |= {f"{complete.SECRETS}/{complete.APPLICATION_SECRET}": PEPPER}
    cluster = ports.api({}, there={**complete.objects(), **there}, forwards=True, writes=api)
    app = tenant_job.application(cluster, "msp", names.FULLNAME)
    assert app is not None
    options = complete.read_options(initial_tenant.USE_CASE, progress_timeout=progress_timeout)
    return FirstTenant(cluster, app, options, Wanted("Workshop", "ann@example.org", "canary-admin"), lambda _told: None)


def test_the_ledger_has_the_id_before_the_command_starts(ports: Ports, watched: list[TenantStage]) -> None:
    tenant = first(ports, complete.tenants(), sql=BEGUN, api=[deletes(complete.TENANT_COMMAND), *STARTED])
    assert STEPS[TenantStep.CREATE](tenant) is not None and watched == [TenantStage.COMMAND]
    assert ports.done[2].startswith(f"server: INSERT INTO {names.TENANT_LEDGER}") and ports.done[-1] == f"POST {complete.JOBS}"


def test_a_tenant_that_was_begun_keeps_its_id(ports: Ports) -> None:
    tenant = first(ports, complete.tenants(begun=True), sql=BEGUN, api=[deletes(complete.TENANT_COMMAND), *STARTED])
    STEPS[TenantStep.CREATE](tenant)
    api: t.Any = tenant.api
    (given,) = [
        entry["value"]
        for entry in api.bodies[-1]["spec"]["template"]["spec"]["containers"][0]["env"]
        if entry["name"] == "INITIAL_TENANT_ID"
    ]
    assert given == complete.TENANT and complete.silent(api.bodies)


@pytest.mark.parametrize("step", [TenantStep.CREATE, TenantStep.SEED, TenantStep.RECORD])
def test_under_the_lock_another_runs_work_counts_f20(ports: Ports, step: TenantStep, watched: list[TenantStage]) -> None:
    """Somebody else's tenant is there by now: none of the steps writes anything."""
    seen = {**complete.tenants(rows=1), "SELECT tenant::text, client_name": [["t2", "Other"]]}
    assert STEPS[step](first(ports, seen)) is None and watched == []


def test_whoever_holds_the_lock_is_waited_for_and_named(ports: Ports) -> None:
    lock: t.Any = {"pg_try_advisory_lock": [[False]], "FROM pg_locks l JOIN": [[7, "alga.appliance", "2026-01-01"]]}
    with pytest.raises(ActionFailed, match=r"PostgreSQL process 7 \(alga\.appliance, since 2026-01-01\)"):
        STEPS[TenantStep.CREATE](first(ports, complete.tenants(), lock=lock, progress_timeout=0))


def test_seeds_are_recorded_before_they_begin_and_after_they_ended_f24(ports: Ports, watched: list[TenantStage]) -> None:
    sql = [Statement("server", "SET seed_set = :seed_set, seeds_begun"), Statement("server", "SET seeds_ended")]
    tenant = first(ports, UNSEEDED, sql=sql, api=[deletes(complete.TENANT_SEEDS), *STARTED])
    assert STEPS[TenantStep.SEED](tenant) is not None and watched == [TenantStage.SEEDS]
    assert "seeds_begun" in ports.done[0] and ports.done[-2] == f"POST {complete.JOBS}" and "seeds_ended" in ports.done[-1]


def test_a_job_that_is_not_at_work_any_more_is_not_watched(ports: Ports, watched: list[TenantStage]) -> None:
    assert STEPS[TenantStep.WATCH](first(ports, complete.tenants())) is None and watched == []


def test_progress_that_could_not_be_read_is_none(ports: Ports) -> None:
    assert first(ports, {**complete.tenants(), "FROM pg_tables": SqlError("57P01")})._progress() is None
