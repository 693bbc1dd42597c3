# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every state of the ladder, made for real, with its evidence and its one next action; the failures to read have test_answers."""

from __future__ import annotations

import json
import subprocess
import typing as t
from collections.abc import Callable, Iterator

import pytest

from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import Appliance

COPY = "ladder"
BUILDING = f"{COPY}_building"
MARK = json.dumps({"alga.appliance": {"run": "00000000-0000-4000-8000-000000000000"}})
EVERY = ("tenants", "users", "roles", "permissions", "role_permissions")


@pytest.fixture
def copy(fresh: Appliance) -> Iterator[Appliance]:
    """The appliance with an empty place for a database beside its own."""
    yield fresh
    for name in (COPY, BUILDING):
        fresh.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "postgres")


def template(appliance: Appliance, *statements: str) -> None:
    """Copy the application's database, and change the copy."""
    # A template must have no connections, and the application keeps some.
    appliance.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'server'", "postgres")
    appliance.sql(f"CREATE DATABASE {COPY} TEMPLATE server", "postgres")
    for statement in statements:
        appliance.sql(statement, COPY)


def nothing(_appliance: Appliance) -> None:
    """No such database."""


def building(appliance: Appliance) -> None:
    appliance.sql(f"CREATE DATABASE {BUILDING}", "postgres")
    appliance.sql(f"COMMENT ON DATABASE {BUILDING} IS '{MARK}'", "postgres")


def unmarked(appliance: Appliance) -> None:
    appliance.sql(f"CREATE DATABASE {BUILDING}", "postgres")


def empty(appliance: Appliance) -> None:
    appliance.sql(f"CREATE DATABASE {COPY}", "postgres")


def somebody_elses(appliance: Appliance) -> None:
    empty(appliance)
    appliance.sql("CREATE TABLE invoices (id integer)", COPY)


def interrupted(appliance: Appliance) -> None:
    template(appliance, "UPDATE knex_migrations_lock SET is_locked = 1")


def unseeded(appliance: Appliance) -> None:
    template(
        appliance,
        "TRUNCATE alga_appliance.runs",
        *(f"TRUNCATE {table} CASCADE" for table in EVERY),
    )


def fewer_rows(appliance: Appliance) -> None:
    template(appliance, "TRUNCATE role_permissions")


def partly_seeded(appliance: Appliance) -> None:
    template(appliance, "TRUNCATE role_permissions", "DROP SCHEMA alga_appliance CASCADE")


def whole(appliance: Appliance) -> None:
    template(appliance)


LADDER: list[tuple[str, Callable[[Appliance], None], dict[str, t.Any], str]] = [
    ("absent", nothing, {}, "has no database 'ladder'"),
    ("building", building, {}, "was created by first run 00000000"),
    ("foreign", unmarked, {}, "carries no mark of this collection"),
    ("created", empty, {}, "contains no tables"),
    ("foreign", somebody_elses, {}, "belongs to another application"),
    ("interrupted", interrupted, {}, "migrating was interrupted"),
    ("behind", whole, {"expected_migrations": ["20990101000000_one.cjs", "20990102000000_two.cjs"]}, ""),
    ("migrated", unseeded, {}, "has no tenant yet"),
    ("partially_seeded", partly_seeded, {}, "not enough in role_permissions"),
    ("seeded", fewer_rows, {}, "with fewer rows in role_permissions"),
    ("seeded", whole, {}, "and seeded"),
    ("foreign", whole, {"environment": "production"}, "demonstration tenant"),
]


@pytest.mark.parametrize(("state", "make", "options", "said"), LADDER, ids=[f"{row[0]}-{row[1].__name__}" for row in LADDER])
def test_the_state_is_named_with_its_evidence_and_its_next_action_f21(
    copy: Appliance, state: str, make: Callable[[Appliance], None], options: dict[str, t.Any], said: str
) -> None:
    make(copy)
    if "expected_migrations" in options:
        known = copy.sql("SELECT name FROM knex_migrations ORDER BY id", COPY).splitlines()
        options, said = (
            {"expected_migrations": known + options["expected_migrations"]},
            "lacks 2 migrations, starting with 2099010100",
        )
    answer = copy.module("alga_pg_state", database=COPY, **{"environment": "demonstration", **options})
    assert answer["state"] == state, answer
    assert said in answer["msg"]
    assert answer["next_action"]
    assert answer["evidence"]["databases"]
    gate = copy.module("alga_seed_gate", database=COPY, environment=options.get("environment", "demonstration"))
    assert gate["decision"] == {"migrated": "open", "seeded": "closed", "behind": "closed"}.get(state, "blocked")


def test_migrations_that_the_image_does_not_know_are_named_f16(copy: Appliance) -> None:
    whole(copy)
    known = copy.sql("SELECT name FROM knex_migrations ORDER BY id", COPY).splitlines()
    answer = copy.module("alga_pg_state", database=COPY, environment="demonstration", expected_migrations=known[:-2])
    assert answer["state"] == "ahead"
    assert "2 migrations that the image does not know" in answer["msg"] and known[-1] in answer["msg"]
    assert "downgrade" in answer["next_action"]


def test_a_held_lock_with_somebody_connected_is_a_migration_f19(copy: Appliance) -> None:
    interrupted(copy)
    pod = ("exec", "db-0", "-c", "db", "--")
    command = ["psql", "-U", "postgres", "-d", COPY, "-c", "SELECT pg_sleep(60)"]
    sleeper = subprocess.Popen([*copy.kubectl_command(*pod), *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        answer: dict[str, t.Any] = {}

        def seen() -> str | None:
            answer.update(copy.module("alga_pg_state", database=COPY, environment="demonstration"))
            return None if answer["state"] == "migrating" else str(answer["msg"])

        wait_for("the connection to be seen", seen, seconds=60)
        assert answer["evidence"]["other_connections"] == 1
    finally:
        copy.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ladder'", "postgres")
        sleeper.wait(timeout=30)


READ_ONLY = [
    ("ALTER SYSTEM SET default_transaction_read_only = on", "ALTER SYSTEM RESET default_transaction_read_only"),
    ("ALTER ROLE app_user SET default_transaction_read_only = on", "ALTER ROLE app_user RESET default_transaction_read_only"),
]


@pytest.mark.parametrize(("change", "undo"), READ_ONLY, ids=["server", "role"])
def test_a_database_that_cannot_be_written_is_never_nothing_to_do_r4(fresh: Appliance, change: str, undo: str) -> None:
    fresh.sql(change, "postgres")
    fresh.sql("SELECT pg_reload_conf()", "postgres")
    try:
        before = (fresh.objects(), fresh.roles())
        status = fresh.playbook("status")
        assert status.code == 0 and undo in status.output and "nothing needs to be done" not in status.output.lower(), (
            status.output
        )
        for flags in (("--check",), ()):
            refused = fresh.playbook("recover", *flags)
            assert refused.failed == 1 and undo in refused.message and "cannot write" in refused.message, refused.output
        assert (fresh.objects(), fresh.roles()) == before
    finally:
        fresh.sql(undo, "postgres")
        fresh.sql("SELECT pg_reload_conf()", "postgres")
    assert fresh.module("alga_pg_state", environment="demonstration")["state"] == "seeded"


REVOKED = (
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM app_user",
    "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM app_user_pgbouncer",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM app_user_pgbouncer",
    "REVOKE CONNECT ON DATABASE server FROM PUBLIC, app_user_pgbouncer",
)


def test_privileges_that_a_restore_left_out_are_granted_again_and_said_r5(fresh: Appliance) -> None:
    for statement in REVOKED:
        fresh.sql(statement)
    status = fresh.playbook("status")
    for lacking in (
        "Role app_user lacks DELETE, INSERT, SELECT, UPDATE on tables ",
        "SELECT, USAGE on sequences ",
        "DELETE, INSERT, SELECT, UPDATE on future tables",
        "CONNECT on database ",
        "Run recover.yml, which grants them again.",
    ):
        assert lacking in status.output, status.output
    before = fresh.roles()
    assert fresh.playbook("recover", "--check").changed == 1
    assert fresh.sql("SELECT has_table_privilege('app_user', 'users', 'INSERT')") == "f"
    outcome = fresh.playbook("recover")
    assert (outcome.code, outcome.changed) == (0, 1), outcome.output
    for granted in (
        "has_table_privilege('app_user', 'users', 'INSERT')",
        "has_database_privilege('app_user_pgbouncer', 'server', 'CONNECT')",
    ):
        assert fresh.sql(f"SELECT {granted}") == "t"
    answer = fresh.module("alga_pg_state", environment="demonstration")
    assert (answer["state"], answer["evidence"]["findings"]) == ("seeded", [])
    assert fresh.roles() == before
    fresh.sql("GRANT CONNECT ON DATABASE server TO PUBLIC")


def test_a_role_that_may_not_log_in_is_no_wrong_password_r17(fresh: Appliance) -> None:
    fresh.sql("ALTER ROLE hocuspocus_user NOLOGIN", "postgres")
    try:
        answer = fresh.module(
            "alga_pg_state",
            kubeconfig=None,
            login_host=fresh.kubectl("get", "pod", "db-0", "-o", "jsonpath={.status.podIP}"),
            ssl_mode="disable",
            login_user="hocuspocus_user",
            login_password=fresh.secret()["DB_PASSWORD_HOCUSPOCUS"],
            database="hocuspocus",
        )
    finally:
        fresh.sql("ALTER ROLE hocuspocus_user LOGIN", "postgres")
    assert (answer["state"], answer["evidence"]["reason"]) == ("auth_failed", "login_refused"), answer
    assert "is not permitted to log in" in answer["msg"] and "do not create a new one" in answer["next_action"]


def test_an_encoding_that_somebody_took_from_a_template_is_a_finding_r26(copy: Appliance) -> None:
    copy.sql(f"CREATE DATABASE {COPY} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'", "postgres")
    evidence = copy.module("alga_pg_state", database=COPY, environment="demonstration")["evidence"]
    assert (evidence["encoding"], evidence["locale"]) == ("SQL_ASCII", "C")
    assert [each for each in evidence["findings"] if "encoding SQL_ASCII, locale C, not UTF8" in each], evidence


# As an administrator leaves it who made it anew, or a restore under another operating system.
ASCII = (
    "UPDATE pg_database SET datistemplate = false WHERE datname = 'template1'",
    "DROP DATABASE template1",
    "CREATE DATABASE template1 TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C' IS_TEMPLATE true",
    "UPDATE pg_database SET datcollversion = '0' WHERE datname = 'template1'",
)


def test_a_database_that_was_renamed_is_named_and_a_new_one_takes_nothing_from_template1_r25_r26_r17(fresh: Appliance) -> None:
    fresh.kubectl("scale", "deployment/alga-core-sebastian", "--replicas=0")
    fresh.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'server'", "postgres")
    fresh.sql("ALTER DATABASE server RENAME TO server_old", "postgres")
    way_back = "ALTER DATABASE server_old RENAME TO server; then run recover.yml"
    before = (fresh.objects(), fresh.databases())
    assert way_back in fresh.playbook("status").output
    for playbook in ("fresh", "recover"):
        refused = fresh.playbook(playbook)
        assert refused.failed == 1 and way_back in refused.message, refused.output
    assert (fresh.objects(), fresh.databases()) == before

    for statement in ASCII:
        fresh.sql(statement, "postgres")
    outcome = fresh.playbook("recover", "-v", alga_expect=["absent", "migrated", "seeded"])
    assert outcome.code == 0, outcome.output
    assert "created from template0 with encoding UTF8, locale " in outcome.output
    properties = "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = '{}'"
    assert fresh.sql(properties.format("server")) == fresh.sql(properties.format("server_old"))


def test_a_standby_cannot_be_written_and_one_that_accepts_nobody_yet_is_starting_r4(fresh: Appliance) -> None:
    """A standby without hot_standby answers as a server in recovery does, for as long as one likes (SQLSTATE 57P03)."""
    data = "/var/lib/postgresql/data"
    shell = ("exec", "db-0", "-c", "db", "--", "sh", "-c")
    fresh.kubectl(*shell, f"touch {data}/standby.signal")
    answer: dict[str, t.Any] = {}

    def restarted(state: str) -> None:
        fresh.kubectl("delete", "pod", "db-0")
        fresh.kubectl("wait", "--for=condition=Ready", "pod/db-0", "--timeout=150s")
        wait_for(f"PostgreSQL to be {state}", lambda: seen(state), seconds=60)

    def seen(state: str) -> str | None:
        answer.update(fresh.module("alga_pg_state", environment="demonstration"))
        return None if answer["state"] == state else str(answer["msg"])

    try:
        restarted("read_only")
        assert "pg_is_in_recovery()" in answer["msg"] and "pg_promote()" in answer["next_action"], answer
        fresh.sql("ALTER SYSTEM SET hot_standby = off", "postgres")
        restarted("starting")
        assert answer["evidence"]["sqlstate"] == "57P03"
        assert fresh.module("alga_seed_gate", environment="demonstration")["decision"] == "blocked"
    finally:
        fresh.kubectl(*shell, f"rm {data}/standby.signal && sed -i /hot_standby/d {data}/postgresql.auto.conf")
        fresh.kubectl("delete", "pod", "db-0")
    outcome = fresh.playbook("recover")
    assert outcome.code == 0, outcome.output
