# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bootstrap as a whole: decides until nothing is left, changes nothing twice, and never goes round in circles."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.database.grants import On
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Step
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap.bootstrap import USE_CASE
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap.bootstrap_steps import STEPS, Overtaken
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import (
    UNKNOWN,
    Answer,
    ScriptedPostgresql,
    SqlError,
    Statement,
)

LICENSE = path("secrets", "msp", names.LICENSE_SECRET)
COLUMNS = [[name] for name in ("edition_choice", "license_token", "trial_started_at", "updated_at")]
GRANTS = ["GRANT USAGE", "ON ALL TABLES", "ON ALL SEQUENCES", "ON TABLES", "ON SEQUENCES"]


def ask(*, check_mode: bool = False, **given: t.Any) -> t.Any:
    options = complete.options(USE_CASE, chart="chart", **given)
    return USE_CASE.answer(options, complete.run(check_mode=check_mode))


def standing(
    ports: Ports,
    inside: t.Any = None,
    *,
    sql: t.Sequence[Statement] = (),
    there: dict[str, Answer] | None = None,
    everywhere: t.Mapping[str, t.Any] | None = None,
) -> ScriptedPostgresql:
    ports.api({}, there={**complete.objects(), **(there or {})}, forwards=True)
    seen = {**complete.everywhere({"postgres": "", "server": ""}), **(everywhere or {})}
    return ports.postgresql({"postgres": {}, "server": inside or complete.inside()}, everywhere=seen, writes=sql)


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_complete_appliance_is_not_touched(ports: Ports, check_mode: bool) -> None:
    """Neither script has a single write."""
    standing(ports)
    result = ask(check_mode=check_mode)
    assert (result["state"], result["decision"], result["changed"]) == ("seeded", "nothing", False)
    assert result["diff"] == {"before": "", "after": ""} and complete.silent(result)


def test_check_mode_plans_a_migration_and_starts_none(ports: Ports) -> None:
    standing(ports, complete.inside(migrations=complete.MIGRATIONS[:1]))
    result = ask(check_mode=True)
    assert (result["state"], result["decision"], result["changed"]) == ("behind", "migrate", True)


@pytest.mark.parametrize("check_mode", [False, True])
def test_privileges_that_a_restore_lost_are_granted_again_r5(ports: Ports, check_mode: bool) -> None:
    lacks = {"WITH role AS": [["app_user", On.TABLES.value, ["SELECT"], ["users"]]]}
    connect = [Statement("postgres", "GRANT CONNECT ON DATABASE server TO app_user")]
    sql = [] if check_mode else [*connect, *(Statement("server", part) for part in GRANTS)]
    standing(ports, {**complete.inside(), **lacks}, sql=sql)
    result = ask(check_mode=check_mode)
    assert result["changed"] and "Role app_user is granted again" in result["msg"]
    assert result["evidence"]["roles_granted"] == ["app_user"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_empty_license_table_gets_its_row_and_nobody_sees_the_license_r32(ports: Ports, check_mode: bool) -> None:
    inside = complete.inside(tables=["public.license_state"])
    inside |= {"SELECT 1 FROM public.license_state": [[False]], "SELECT column_name FROM information_schema.columns": COLUMNS}
    sql = (
        [] if check_mode else [Statement("server", "SET log_parameter"), Statement("server", "INSERT INTO public.license_state")]
    )
    license_seed = complete.secret(names.LICENSE_SECRET, {"EDITION_CHOICE": "ee", "LICENSE_TOKEN": "canary-token"})
    server = standing(ports, inside, sql=sql, there={LICENSE: license_seed})
    result = ask(check_mode=check_mode)
    assert result["changed"] and "edition ee" in result["msg"]
    assert complete.silent(result, [each.sql for each in server.ran])


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("unread", [complete.JOB, complete.PVCS, complete.CREDENTIALS, complete.MEMORY])
def test_what_could_not_be_read_ends_the_run_f27(ports: Ports, unread: str, answer: Answer, check_mode: bool) -> None:
    standing(ports, complete.inside(migrations=()), there={unread: answer})
    with pytest.raises(ApplianceError):
        ask(check_mode=check_mode)


@pytest.mark.parametrize("mode", ["fresh", "recover"])
def test_check_mode_before_postgresql_runs_leaves_the_question_open(ports: Ports, mode: str) -> None:
    ports.api({}, there={**complete.objects(), f"{complete.PODS}?labelSelector=app=db": []})
    result = ask(check_mode=True, mode=mode)
    assert (result["state"], result["decision"], result["changed"]) == ("unreachable", "start", mode == "fresh")
    assert "once PostgreSQL runs" in result["msg"]


def test_a_postgresql_that_stays_away_is_named_when_the_timeout_ends(ports: Ports) -> None:
    ports.api({}, there={**complete.objects(), f"{complete.PODS}?labelSelector=app=db": []})
    with pytest.raises(ApplianceError, match=r"PostgreSQL behind Service msp/db"):
        ask(progress_timeout=0)


def test_a_refusal_says_what_this_step_did(ports: Ports) -> None:
    standing(
        ports,
        {
            **complete.inside(),
            "(SELECT count(*)": [[1, 1, 0, 0, 0]],
            "seed_set <> ''": [],
            "ORDER BY finished_at DESC": [],
            "SELECT run::text": [],
        },
    )
    with pytest.raises(Refused, match=r"This step changed nothing\."):
        ask()


def test_an_unfinished_step_is_not_taken_again_and_again(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    standing(ports, complete.inside(migrations=complete.MIGRATIONS[:1]))
    taken: list[str] = []
    monkeypatch.setitem(STEPS, Step.MIGRATE, lambda *_facts: taken.append("migrate"))
    with pytest.raises(ApplianceError, match=r"The bootstrap step migrate .* the database is not complete"):
        ask()
    assert taken == ["migrate"]


def test_whoever_was_overtaken_decides_anew_f20(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = complete.inside(migrations=complete.MIGRATIONS[:1])
    standing(ports, inside)

    def faster(*_facts: t.Any) -> None:
        inside["FROM public.knex_migrations "] = [[name] for name in complete.MIGRATIONS]
        raise Overtaken

    monkeypatch.setitem(STEPS, Step.MIGRATE, faster)
    result = ask()
    assert (result["decision"], result["changed"]) == ("nothing", False)


def test_a_variable_that_would_lead_a_job_elsewhere_is_refused_before_anything(ports: Ports) -> None:
    with pytest.raises(Refused, match="DB_NAME_SERVER"):
        ask(job_environment={"DB_NAME_SERVER": "other"})


def test_a_role_that_could_not_be_read_is_not_missing(ports: Ports) -> None:
    standing(ports, everywhere={"SELECT rolname, rolcanlogin": SqlError("42501", "permission denied for table pg_authid")})
    with pytest.raises(ApplianceError, match="42501"):
        ask()
