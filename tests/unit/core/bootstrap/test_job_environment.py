# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operator may add to a Job's environment: never what decides on which database, as whom and for whom it works."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.bootstrap import jobs
from ansible_collections.alga.appliance.plugins.module_utils._adapters.tenant import tenant_job
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.settings import effective
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap import job_environment
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.tenant import tenant
from ansible_collections.alga.appliance.plugins.module_utils._core.tenant.tenant import TenantStage


def test_what_the_application_reads_may_be_added() -> None:
    assert job_environment.wrong({"SEEDS_DIR": "/app/seeds", "LOG_LEVEL": "debug", "PORT": 3000}, "x") == []
    job_environment.refuse({"MIGRATIONS_DIR": "/app/migrations"})


@pytest.mark.parametrize("value", ["--max-old-space-size=4096", "", "--trace-warnings --inspect-port=0"])
def test_nodes_memory_is_the_operators(value: str) -> None:
    assert (
        job_environment.wrong(
            {"NODE_OPTIONS": value, "DB_POOL_MAX": "5", "PGP_KEY_SERVER": "x", "PGSSLMODE": "require", "ITERATIONS": "9"}, "x"
        )
        == []
    )


@pytest.mark.parametrize(
    "value", ["--require /x.js", "--max-old-space-size=4096 -r ./x", "--import=x", '"--loader" x', "--env-file=/app/.env"]
)
def test_what_runs_before_the_application_could_send_it_anywhere(value: str) -> None:
    (error,) = job_environment.wrong({"NODE_OPTIONS": value}, "alga_bootstrap_env")
    assert error.startswith("alga_bootstrap_env sets NODE_OPTIONS, ") and value not in error


@pytest.mark.parametrize(
    "name",
    [
        *("db_host", "Db_Name_Server", " DB_HOST", "DB_HOST\n", "node_env", "initial_tenant_id"),
        *("PGHOST", "PGHOSTADDR", "PGOPTIONS", "PGDATABASE", "PGUSER", "PGSERVICE", "PGPASSFILE", "pghost"),
        *("DATABASE_URL", "DIRECT_DATABASE_URL", "POSTGRES_PASSWORD", "postgres_password", "POSTGRES_SEEDS", "POSTGRES_PWD"),
        *("DB_NAME", "DB_USER", "DB_PASSWORD", "DB_URL", "DB_NAME_HOCUSPOCUS", "DB_USER_PGBOUNCER", "db_password_server"),
        *("DOTENV_CONFIG_PATH", "LD_PRELOAD"),
    ],
)
def test_another_spelling_or_another_name_for_it_is_refused_too(name: str) -> None:
    (error,) = job_environment.wrong({name: "canary-value"}, "alga_bootstrap_env")
    assert error.startswith(f"alga_bootstrap_env sets {name}, ") and "canary" not in error


@pytest.mark.parametrize(("name", "own"), [("db_host", True), ("DATABASE_URL", False), ("NODE_OPTIONS", False)])
def test_only_what_the_collection_sets_is_said_to_be_its_own(name: str, own: bool) -> None:
    (error,) = job_environment.wrong({name: "--import=x"}, "alga_bootstrap_env")
    assert ("which the collection sets itself" in error) is own and "a Job could work on another database" in error


@pytest.mark.parametrize("name", sorted(job_environment.OWN))
def test_what_decides_where_a_job_works_is_refused(name: str) -> None:
    (error,) = job_environment.wrong({name: "canary-value"}, "alga_bootstrap_env")
    assert error.startswith(f"alga_bootstrap_env sets {name}, ") and "canary" not in error
    with pytest.raises(Refused, match=f"job_environment sets {name}"):
        job_environment.refuse({name: "x"})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"1ST": "x"}, "'1ST', which is not a valid name"),
        ({"A=B": "x"}, "'A=B', which is not a valid name"),
        ({7: "x"}, "7, which is not a valid name"),
        ({"FLAG": True}, "FLAG to something other than text"),
        ({"LIST": ["canary"]}, "LIST to something other than text"),
        ({"NONE": None}, "NONE to something other than text"),
    ],
)
def test_what_no_environment_can_hold_is_refused(given: dict[t.Any, t.Any], said: str) -> None:
    (error,) = job_environment.wrong(given, "alga_bootstrap_env")
    assert said in error and "canary" not in error


def test_all_of_it_is_said_at_once_before_anything_is_touched() -> None:
    errors = effective("recover", {"alga_bootstrap_env": {"DB_HOST": "pooler", "DB_NAME_SERVER": "x", "1": "x"}})[1]
    assert len([error for error in errors if error.startswith(names.JOB_ENVIRONMENT_OPTION)]) == 3


def test_no_name_of_a_jobs_own_environment_is_left_out() -> None:
    set_by_jobs = {entry["name"] for entry in jobs.passwords("s")} | set(jobs.knex_environment("f")) | {"RUN_DONE", tenant.ID}
    assert set_by_jobs | set(job_environment.direct_database("h", "d")) <= job_environment.OWN


@pytest.mark.parametrize("stage", TenantStage)
def test_even_unchecked_the_collections_own_wins(stage: TenantStage) -> None:
    own = {**job_environment.direct_database("db", names.DATABASE), tenant.ID: "t1"}
    made = tenant_job._of_stage(stage, own, dict.fromkeys(own, "other"))
    assert {name: made[name] for name in own} == own
