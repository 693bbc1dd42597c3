# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real PgBouncer where PostgreSQL was expected: named in every disguise, refused, and nothing is concluded from it."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.tests.scenarios.appliance import CHART, Appliance

POOLER = CHART.parent / "pgbouncer"
# PgBouncer drops these of a client's startup parameters instead of refusing them.
LENIENT = r"pool.ignoreStartupParameters=extra_float_digits\,options\,alga_appliance.session"
# Helm releases of the pooler, by the settings that make each another disguise. The first is the real chart's.
POOLERS = {
    "pgbouncer": (),
    "pgbouncer-lenient": (LENIENT,),
    "pgbouncer-session": (LENIENT, "pool.mode=session"),
    # It sets what a client began with on its own connections, as far as PostgreSQL reports it back.
    "pgbouncer-tracking": (r"pool.trackExtraParameters=IntervalStyle\,alga_appliance.session",),
    "pgbouncer-no-superuser": (LENIENT, "postgres.superuser="),
    "pgbouncer-full": (LENIENT, "pool.maxClientConn=0"),
    "pgbouncer-alone": (LENIENT, "postgres.port=1", "pool.queryWaitTimeout=1"),
}
PORT = 6432


@pytest.fixture(scope="module")
def pooled(fresh: Appliance) -> Appliance:
    """An appliance with every pooler beside it."""
    for release, settings in POOLERS.items():
        options = [option for setting in settings for option in ("--set-string", setting)]
        fresh.helm("install", release, str(POOLER), *options)
    workloads = [f"deployment/{release}" for release in POOLERS]
    fresh.kubectl("wait", "--for=condition=Available", *workloads, "--timeout=150s")
    return fresh


def address(appliance: Appliance, release: str) -> str:
    """The address of a pooler's pod."""
    selector = f"app.kubernetes.io/instance={release}"
    return appliance.kubectl("get", "pods", "-l", selector, "-o", "jsonpath={.items[0].status.podIP}")


def test_the_superuser_gets_in_through_the_pooler(pooled: Appliance) -> None:
    """The dangerous case, without which the rest of this file proves nothing."""
    login = f"PGPASSWORD=$POSTGRES_PASSWORD psql -h pgbouncer -p {PORT} -U postgres -d server -XAtc 'SHOW is_superuser'"
    assert pooled.kubectl("exec", "db-0", "-c", "db", "--", "sh", "-c", login).strip() == "on"


@pytest.mark.parametrize("release", POOLERS)
def test_it_is_named_behind_its_service(pooled: Appliance, release: str) -> None:
    answer = pooled.module("alga_pg_state", service=release, environment="demonstration")
    assert (answer["state"], answer["evidence"]["reason"]) == ("pooler", "pooler_answered"), answer
    assert "PgBouncer" in answer["msg"] and answer["next_action"]


@pytest.mark.parametrize("release", ["pgbouncer", "pgbouncer-lenient"])
@pytest.mark.parametrize("database", ["server", "elsewhere"])
@pytest.mark.parametrize("password", ["right", "wrong"])
def test_it_is_named_by_host_and_port_whatever_it_is_asked_u6(
    pooled: Appliance, release: str, database: str, password: str
) -> None:
    """A database that PgBouncer does not know is not absent, and a password that it refuses is not PostgreSQL's."""
    answer = pooled.module(
        "alga_pg_state",
        kubeconfig=None,
        login_host=address(pooled, release),
        login_port=PORT,
        ssl_mode="disable",
        login_password=pooled.secret()["DB_PASSWORD_SUPERUSER"] if password == "right" else "wrong",
        database=database,
    )
    assert answer["state"] == "pooler", answer


@pytest.mark.parametrize("release", ["pgbouncer", "pgbouncer-lenient"])
def test_no_seed_runs_through_it(pooled: Appliance, release: str) -> None:
    gate = pooled.module("alga_seed_gate", service=release, environment="demonstration")
    assert (gate["decision"], gate["state"]) == ("blocked", "pooler")


@pytest.mark.parametrize("release", ["pgbouncer", "pgbouncer-lenient"])
def test_recover_and_fresh_refuse_it_and_change_nothing_f32(pooled: Appliance, release: str) -> None:
    before = pooled.objects(), pooled.roles(), pooled.rows()
    outcome = pooled.playbook("recover", alga_db_service=release)
    assert outcome.failed == 1
    assert "PgBouncer" in outcome.message
    assert pooled.playbook("fresh", alga_db_service=release).failed == 1
    assert (pooled.objects(), pooled.roles(), pooled.rows()) == before


def test_a_database_whose_directory_is_missing_is_not_absent_f27_u6(pooled: Appliance) -> None:
    """PostgreSQL says 3D000 of it, as it does of a database that never was."""
    pooled.sql("CREATE DATABASE damaged", "postgres")
    pooled.sql("CHECKPOINT", "postgres")
    number = pooled.sql("SELECT oid FROM pg_database WHERE datname = 'damaged'", "postgres")
    directory = f"/var/lib/postgresql/data/base/{number}"
    pooled.kubectl("exec", "db-0", "-c", "db", "--", "mv", directory, f"{directory}.away")
    answer = pooled.module("alga_pg_state", database="damaged")
    pooled.kubectl("exec", "db-0", "-c", "db", "--", "mv", f"{directory}.away", directory)
    pooled.sql("DROP DATABASE damaged", "postgres")
    assert (answer["state"], answer["evidence"]["sqlstate"]) == ("unknown", "3D000"), answer
