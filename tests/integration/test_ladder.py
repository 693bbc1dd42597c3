# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every state of the ladder, made for real, with its evidence and its one next action; the failures to read have test_answers."""

from __future__ import annotations

import json
import subprocess
import typing as t
from collections.abc import Callable, Iterator

import pytest
from appliance import Appliance
from node.commands import wait_for

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
    ("absent", nothing, {}, "there is no database ladder"),
    ("building", building, {}, "was begun by first run 00000000"),
    ("foreign", unmarked, {}, "carries no mark of this collection"),
    ("created", empty, {}, "holds no tables"),
    ("foreign", somebody_elses, {}, "another application's"),
    ("interrupted", interrupted, {}, "a migration was killed"),
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
            "lacks 2 migrations, the first is 2099010100",
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

        wait_for("the connection to be seen", seen, seconds=30)
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
        assert status.code == 0 and undo in status.output and "nothing needs to be done" not in status.output.lower(), status.output
        for flags in (("--check",), ()):
            refused = fresh.playbook("recover", *flags)
            assert refused.failed == 1 and undo in refused.message and "cannot write" in refused.message, refused.output
        assert (fresh.objects(), fresh.roles()) == before
    finally:
        fresh.sql(undo, "postgres")
        fresh.sql("SELECT pg_reload_conf()", "postgres")
    assert fresh.module("alga_pg_state", environment="demonstration")["state"] == "seeded"


def test_a_server_that_accepts_no_connections_yet_is_starting(fresh: Appliance) -> None:
    """A standby without hot_standby answers as a server in recovery does, for as long as one likes (SQLSTATE 57P03)."""
    data = "/var/lib/postgresql/data"
    shell = ("exec", "db-0", "-c", "db", "--", "sh", "-c")
    fresh.sql("ALTER SYSTEM SET hot_standby = off", "postgres")
    fresh.kubectl(*shell, f"touch {data}/standby.signal")
    fresh.kubectl("delete", "pod", "db-0")
    fresh.kubectl("wait", "--for=condition=Ready", "pod/db-0", "--timeout=60s")
    answer: dict[str, t.Any] = {}

    def seen() -> str | None:
        answer.update(fresh.module("alga_pg_state", environment="demonstration"))
        return None if answer["state"] == "starting" else str(answer["msg"])

    try:
        wait_for("PostgreSQL to say that it accepts nobody", seen, seconds=60)
        assert answer["evidence"]["sqlstate"] == "57P03"
        assert fresh.module("alga_seed_gate", environment="demonstration")["decision"] == "blocked"
    finally:
        fresh.kubectl(*shell, f"rm {data}/standby.signal && sed -i /hot_standby/d {data}/postgresql.auto.conf")
        fresh.kubectl("delete", "pod", "db-0")
    outcome = fresh.playbook("recover")
    assert outcome.code == 0, outcome.output
