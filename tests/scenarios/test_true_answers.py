# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An appliance whose volume was swapped, whose database is gone or empty, or whose migration lock is stale."""

from __future__ import annotations

import json
import subprocess

import pytest

from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import CLAIM, ROWS, Appliance

LOCKED = "UPDATE knex_migrations_lock SET is_locked = {}"
DEPLOYMENT = "deployment/alga-core-sebastian"
CONTRACT = {"tables": {"tenants": 1, "users": 7, "roles": 1, "countries": 1}}


def refused(appliance: Appliance, mode: str = "recover", **options: object) -> str:
    """The sentence of a refusal, in check mode and out of it, that changed nothing."""
    before = (appliance.objects(), appliance.roles(), appliance.databases())
    messages = []
    for flags in (("--check",), ()):
        outcome = appliance.playbook(mode, *flags, **options)
        assert outcome.failed == 1, outcome.output
        messages.append(outcome.message)
    assert (appliance.objects(), appliance.roles(), appliance.databases()) == before
    return messages[-1]


@pytest.fixture(scope="module")
def fresh(appliance: Appliance) -> Appliance:
    """An appliance that fresh.yml made under another seed contract than the default."""
    outcome = appliance.playbook("fresh", alga_seed_contract=CONTRACT)
    assert outcome.code == 0, outcome.output
    return appliance


def test_a_seed_table_that_migrations_fill_proves_nothing_and_is_recognised(fresh: Appliance) -> None:
    assert fresh.rows() == ROWS
    assert fresh.sql("SELECT filled_by_migrations FROM alga_appliance.runs") == "{countries}"
    gate = fresh.module("alga_seed_gate", environment="demonstration", seed_contract=CONTRACT)
    assert (gate["decision"], gate["state"]) == ("closed", "seeded")
    assert gate["evidence"]["filled_by_migrations"] == ["countries"]
    more = {"tables": {"users": 8}}
    stricter = fresh.module("alga_pg_state", environment="demonstration", seed_contract=more)
    assert stricter["state"] == "seeded" and "fewer rows in users" in stricter["msg"], "it is recorded as complete (R31)"
    wrong = fresh.module("alga_pg_state", seed_contract={"tables": {"users": 0}, "colour": "blue"})
    assert wrong["failed"] and "seed_contract" in wrong["msg"] and "'colour'" in wrong["msg"]


def test_the_identity_is_recorded_and_another_volume_is_foreign(fresh: Appliance) -> None:
    identity = fresh.identifier()
    for name in (f"persistentvolumeclaim/{CLAIM}", "secret/db-credentials"):
        annotations = json.loads(fresh.kubectl("get", name, "-o", "jsonpath={.metadata.annotations}"))
        assert annotations["alga.appliance/system-identifier"] == identity

    directory = next(path for path in fresh.directories() if path.name.endswith(CLAIM))
    own, other = directory / "data", directory / "data.own"
    fresh.kubectl("scale", "statefulset/db", "--replicas=0")
    fresh.kubectl("wait", "--for=delete", "pod/db-0", "--timeout=150s")
    own.rename(other)
    fresh.kubectl("scale", "statefulset/db", "--replicas=1")
    fresh.kubectl("wait", "--for=jsonpath={.status.readyReplicas}=1", "statefulset/db", "--timeout=150s")

    def seen() -> str | None:
        answer = fresh.module("alga_pg_state", environment="demonstration")
        return None if answer["state"] == "foreign" else str(answer["msg"])

    wait_for("the other PostgreSQL to answer", seen, seconds=60)
    outcome = fresh.playbook("status")
    assert "Another volume was put in its place under the same name" in outcome.output, outcome.output
    message = refused(fresh)
    assert identity in message and "Secret msp/db-credentials records" in message and CLAIM in message

    fresh.kubectl("scale", "statefulset/db", "--replicas=0")
    fresh.kubectl("wait", "--for=delete", "pod/db-0", "--timeout=150s")
    subprocess.run(["rm", "-rf", str(own)], check=True)
    other.rename(own)
    outcome = fresh.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert (fresh.identifier(), fresh.rows()) == (identity, ROWS)


def test_a_stale_migration_lock_is_released_on_request_only_f19_u14(fresh: Appliance) -> None:
    fresh.sql(LOCKED.format(1))
    message = refused(fresh)
    assert "alga_release_migration_lock" in message and "migrating was interrupted" in message
    assert fresh.sql("SELECT is_locked FROM knex_migrations_lock") == "1"

    before = fresh.objects()
    outcome = fresh.playbook("recover", "--check", alga_release_migration_lock=True)
    assert outcome.code == 0, outcome.output
    assert fresh.sql("SELECT is_locked FROM knex_migrations_lock") == "1"
    assert fresh.objects() == before
    outcome = fresh.playbook("recover", alga_release_migration_lock="yes")
    assert outcome.code == 0, outcome.output
    assert fresh.sql("SELECT is_locked FROM knex_migrations_lock") == "0"
    assert fresh.rows() == ROWS
    assert fresh.playbook("recover", alga_release_migration_lock=True).changed == 0


def test_a_lock_that_somebody_may_hold_is_never_released_f19_f20(fresh: Appliance) -> None:
    fresh.sql(LOCKED.format(1))
    psql = ("exec", "db-0", "-c", "db", "--", "psql", "-U", "postgres", "-d", "server", "-c", "SELECT pg_sleep(200)")
    sleeper = subprocess.Popen(fresh.kubectl_command(*psql), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        message = refused(fresh, alga_release_migration_lock=True)
        assert "connections other than the application's are open: 1" in message
        assert fresh.sql("SELECT is_locked FROM knex_migrations_lock") == "1"
    finally:
        fresh.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(200)'", "postgres")
        sleeper.wait(timeout=30)
        fresh.sql(LOCKED.format(0))


def test_a_missing_and_an_empty_database_are_no_new_beginning_but_by_option(fresh: Appliance) -> None:
    roles = fresh.roles()
    fresh.kubectl("scale", DEPLOYMENT, "--replicas=0")
    fresh.sql("DROP DATABASE server WITH (FORCE)", "postgres")
    message = refused(fresh)
    assert "has no database 'server'" in message and "alga_expect is set to absent" in message

    fresh.sql("CREATE DATABASE server", "postgres")
    message = refused(fresh)
    assert "somebody created it" in message and "alga_expect names created" in message
    assert "fresh.yml expects no data" in refused(fresh, "fresh")

    outcome = fresh.playbook("recover", alga_expect=["created", "migrated", "seeded"])
    assert outcome.code == 0, outcome.output
    assert fresh.rows() == ROWS
    assert [name for name in fresh.databases() if name.startswith("server_aside_")], "it was renamed and not dropped"
    assert fresh.roles() == roles
    assert fresh.playbook("recover").changed == 0


def test_what_is_not_expected_is_refused(fresh: Appliance) -> None:
    assert "alga_expect names migrated" in refused(fresh, alga_expect=["migrated"])
