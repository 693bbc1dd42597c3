# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first tenant: made where a Secret asks for it, judged by its rows, and never made twice or over somebody else's."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.tenant.initial_tenant import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import (
    UNKNOWN,
    Changed,
    SqlError,
    Statement,
    deletes,
    patches,
    posts,
)

APPLICATION = path("secrets", "msp", complete.APPLICATION_SECRET)
PEPPER = complete.secret(complete.APPLICATION_SECRET, {names.PEPPER_KEY: "canary-pepper"})
BEGUN = [Statement("server", part) for part in ("CREATE SCHEMA", "CREATE TABLE", f"INSERT INTO {names.TENANT_LEDGER}")]


def ask(*, check_mode: bool = False, **given: t.Any) -> t.Any:
    options = complete.options(USE_CASE, **given)
    return USE_CASE.answer(options, complete.run(check_mode=check_mode))


def standing(
    ports: Ports, seen: dict[str, t.Any], *, sql: t.Sequence[Statement] = (), api: t.Sequence[t.Any] = (), **there: t.Any
) -> t.Any:
    ports.postgresql({"postgres": {}, "server": seen}, everywhere=complete.everywhere({"postgres": "", "server": ""}), writes=sql)
    known: dict[str, t.Any] = {
        complete.TENANT_SECRET: complete.tenant_secret(),
        complete.TENANT_COMMAND: None,
        complete.TENANT_SEEDS: None,
    }
    known |= {APPLICATION: PEPPER, complete.LIMITS: []}
    return ports.api({}, there={**complete.objects(), **known, **there}, forwards=True, writes=api)


def test_without_a_secret_nobody_asks_for_one(ports: Ports) -> None:
    ports.api({complete.TENANT_SECRET: None})
    result = ask()
    assert (result["state"], result["decision"], result["changed"]) == ("not_requested", "keep", False)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.TENANT_SECRET, complete.DEPLOYMENT, complete.TENANT_COMMAND, APPLICATION])
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_could_not_be_read_is_not_absent_f27(ports: Ports, unread: str, answer: t.Any, check_mode: bool) -> None:
    standing(ports, complete.tenants(), **{unread: answer})
    with pytest.raises(ApplianceError):
        ask(check_mode=check_mode)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"INITIAL_ADMIN_EMAIL": '"ann@example.org"'}, "is in quotes"), ({"INITIAL_ADMIN_PASSWORD": "canary\n"}, "white space")],
)
def test_values_that_nobody_could_log_in_with_are_refused_r20(ports: Ports, changed: dict[str, str], said: str) -> None:
    ports.api({complete.TENANT_SECRET: complete.tenant_secret(**changed)})
    with pytest.raises(Refused, match=rf"{said}.*Correct the Secret") as raised:
        ask()
    assert complete.silent(raised.value.message, raised.value.evidence)


def test_check_mode_plans_a_tenant_and_makes_none(ports: Ports) -> None:
    standing(ports, complete.tenants())
    result = ask(check_mode=True)
    assert (result["state"], result["decision"], result["changed"]) == ("absent", "create", True) and complete.silent(result)


@pytest.mark.parametrize("deployment", [None, complete.deployment()])
def test_check_mode_before_the_database_is_there_leaves_it_open(ports: Ports, deployment: t.Any) -> None:
    there = {complete.DEPLOYMENT: deployment, f"{complete.PODS}?labelSelector=app=db": []}
    standing(ports, complete.tenants(), **there)
    result = ask(check_mode=True)
    assert (result["state"], result["changed"]) == ("unknown", True)
    if deployment is None:
        with pytest.raises(Refused, match=r"Run recover\.yml, or correct alga_fullname"):
            ask()


def test_a_command_that_succeeds_and_makes_nothing_is_no_success_f13(ports: Ports) -> None:
    done = {**complete.job(), "metadata": {**complete.job()["metadata"], "name": f"{names.TENANT_JOB}-command"}}
    log = complete.pod("tenant-1", complete.IMAGE)
    log["status"] = {"phase": "Succeeded", "containerStatuses": [{"name": "bootstrap", "state": {"terminated": {"exitCode": 0}}}]}
    pods = f"{complete.PODS}?labelSelector=batch.kubernetes.io/job-name={names.TENANT_JOB}-command"
    api = standing(
        ports,
        complete.tenants(),
        sql=BEGUN,
        api=[deletes(complete.TENANT_COMMAND), patches(path("configmaps", "msp", names.TENANT_JOB)), posts(complete.JOBS)],
        **{
            complete.TENANT_COMMAND: Changed(None, done, complete.JOBS),
            pods: [log],
            f"{complete.PODS}/tenant-1/log": "the tenant was not made\n",
        },
    )
    with pytest.raises(ApplianceError, match=r"the database shows that .*the tenant was not made.*run recover\.yml") as raised:
        ask()
    assert complete.silent(raised.value.message, raised.value.evidence, api.bodies)


@pytest.mark.parametrize(
    ("seen", "step", "drift"),
    [
        ({**complete.tenants(rows=1), "SELECT tenant::text, client_name": [["t2", "Other"]]}, "keep", True),
        ({**complete.tenants(made=True, rows=1)}, "keep", True),
    ],
    ids=["another tenant", "a tenant without this administrator"],
)
def test_what_somebody_else_made_is_kept(ports: Ports, seen: dict[str, t.Any], step: str, drift: bool) -> None:
    standing(ports, seen)
    result = ask()
    assert (result["decision"], result["changed"], result["drift"]) == (step, False, drift) and result["next_action"]


def test_a_tenant_that_was_completed_and_is_gone_is_not_made_anew(ports: Ports) -> None:
    standing(ports, complete.tenants(begun=True, completed=True))
    with pytest.raises(Refused, match=r"Restore from a backup"):
        ask()


@pytest.mark.parametrize("unread", ["SELECT tenant::text, client_name", "coalesce(hashed_password", "SELECT to_regclass"])
def test_rows_that_could_not_be_read_are_not_none(ports: Ports, unread: str) -> None:
    standing(ports, {**complete.tenants(), unread: SqlError("42501")})
    with pytest.raises(ApplianceError, match="42501"):
        ask()
