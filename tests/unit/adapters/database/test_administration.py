# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The statements that make and publish the database: only what carries the collection's mark is dropped, no role is altered."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import administration
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.administration import LedgerEntry
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.server import InCluster
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Image
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import mark
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed, Refused
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import LOST, ScriptedPostgresql, SqlError, Statement

MAKING = [
    Statement("postgres", "DROP DATABASE IF EXISTS server_building_r1"),
    Statement("postgres", "CREATE DATABASE server_building_r1 TEMPLATE template0 ENCODING 'UTF8'"),
    Statement("postgres", "COMMENT ON DATABASE server_building_r1"),
    Statement("postgres", "ALTER DATABASE server_building_r1 RENAME TO server_building"),
]
ENCODING = {"pg_encoding_to_char(encoding) FROM pg_database": [["UTF8"]], "FROM pg_collation": []}


def server(ports: Ports, sql: t.Sequence[Statement] = (), **everywhere: t.Any) -> tuple[InCluster, ScriptedPostgresql]:
    seen = {**complete.everywhere({"postgres": ""}), **ENCODING, **everywhere}
    made = ports.postgresql({"postgres": {}, "server": {}, "server_building": {}}, everywhere=seen, writes=sql)
    api = ports.api({}, there=complete.objects(), forwards=True)
    return InCluster(api, Appliance("msp")), made


@contextlib.contextmanager
def session(ports: Ports, sql: t.Sequence[Statement] = (), **everywhere: t.Any) -> t.Iterator[t.Any]:
    with contextlib.closing(server(ports, sql, **everywhere)[0].connect("postgres")) as opened:
        yield opened


def test_a_database_has_its_mark_from_the_moment_it_has_its_name_f17(ports: Ports) -> None:
    with session(ports, MAKING) as opened:
        administration.create_marked(opened, "server_building", "r1")


@pytest.mark.parametrize("dies", range(4))
def test_whoever_is_killed_in_between_leaves_no_unmarked_database_under_the_name_f17(ports: Ports, dies: int) -> None:
    made = [*MAKING[:dies], MAKING[dies]._replace(fails=LOST)]
    with session(ports, made) as opened, pytest.raises(ActionFailed, match=r"Whether it .*known"):
        administration.create_marked(opened, "server_building", "r1")


@pytest.mark.parametrize("comment", ["", "mine", '{"other": {"run": "r1"}}', '{"alga.appliance": {}}', "{"])
def test_a_database_without_the_mark_is_never_dropped(ports: Ports, comment: str) -> None:
    with session(ports) as opened, pytest.raises(Refused, match=r"was not dropped\. Find out who"):
        administration.drop_building(opened, "server_building", comment)


def test_one_with_the_mark_is(ports: Ports) -> None:
    with session(ports, [Statement("postgres", "DROP DATABASE server_building WITH (FORCE)")]) as opened:
        administration.drop_building(opened, "server_building", mark("r1"))


def test_only_missing_roles_are_made_and_by_verifiers_u5(ports: Ports) -> None:
    sql = [Statement("postgres", "CREATE ROLE hocuspocus_user LOGIN PASSWORD 'SCRAM-SHA-256$")]
    there, made = server(ports, sql, **{"SELECT rolname FROM pg_roles": [["postgres"], ["app_user"]]})
    with contextlib.closing(there.connect("postgres")) as opened:
        created = administration.ensure_roles(opened, {"app_user": "canary-1", "hocuspocus_user": "canary-2"})
    assert created == ["hocuspocus_user"] and complete.silent([each.sql for each in made.ran])


def test_what_postgresql_says_of_a_refused_role_is_not_repeated(ports: Ports) -> None:
    """Its words may hold a part of the statement, and so of the verifier."""
    sql = [Statement("postgres", "CREATE ROLE", SqlError("42501", "canary in the statement", "canary"))]
    with (
        session(ports, sql, **{"SELECT rolname FROM pg_roles": []}) as opened,
        pytest.raises(ActionFailed, match="42501") as raised,
    ):
        administration.ensure_roles(opened, {"app_user": "canary-1"})
    assert complete.silent(raised.value.message)


def test_roles_that_could_not_be_read_are_not_missing_u6(ports: Ports) -> None:
    unread: dict[str, t.Any] = {"SELECT rolname FROM pg_roles": SqlError("57014")}
    with session(ports, **unread) as opened, pytest.raises(ObservationFailed):
        administration.ensure_roles(opened, {"app_user": "canary-1"})


@pytest.mark.parametrize("there", [False, True])
def test_the_collaboration_database_is_made_once_for_its_role(ports: Ports, there: bool) -> None:
    sql = [] if there else [Statement("postgres", "CREATE DATABASE hocuspocus OWNER hocuspocus_user TEMPLATE template0")]
    with session(ports, sql, **{"SELECT 1 FROM pg_database": [[1]] if there else []}) as opened:
        administration.ensure_collaboration_database(opened)


def test_the_lock_is_held_before_anything_and_the_lease_proved_after_a_wait(ports: Ports) -> None:
    there, made = server(ports)
    api: t.Any = there.api
    with administration.exclusive(there, progress_timeout=1):
        assert made.entered == ["postgres"] and api.guarded == 1


def test_a_lock_that_another_run_holds_is_named_f20(ports: Ports) -> None:
    held: dict[str, t.Any] = {
        "pg_try_advisory_lock": [[False]],
        "FROM pg_locks l JOIN": [[7, "alga.appliance", "2026-01-01 00:00"]],
    }
    there, _made = server(ports, **held)
    told = r"another run holds it: PostgreSQL process 7 .*run the playbook again"
    with pytest.raises(ActionFailed, match=told), administration.exclusive(there, progress_timeout=0):
        raise AssertionError("nobody gets here")


def test_the_ledger_names_run_image_and_identity_and_a_second_time_changes_nothing(ports: Ports) -> None:
    sql = [
        Statement("server", part)
        for part in ("CREATE SCHEMA IF NOT EXISTS", "CREATE TABLE IF NOT EXISTS", "ON CONFLICT (run, mode) DO NOTHING")
    ]
    there, made = server(ports, sql)
    entry = LedgerEntry(
        "r1", "fresh", Image("app:1", "sha256:1"), "onboarding", complete.IDENTITY, 0, 2, "now", filled=("roles",)
    )
    administration.write_ledger(there, "server", entry)
    given = made.ran[-1].parameters
    assert (given["image_id"], given["system_identifier"], given["after"], given["filled"]) == (
        "sha256:1",
        complete.IDENTITY,
        2,
        ["roles"],
    )


def test_publishing_is_one_rename_and_a_refused_one_is_quoted(ports: Ports) -> None:
    said = SqlError("55006", 'source database "server_building" is being accessed by other users')
    renamed = Statement("postgres", "ALTER DATABASE server_building RENAME TO server", said)
    told = r"55006.*is being accessed by other users"
    with session(ports, [renamed]) as opened, pytest.raises(ActionFailed, match=told):
        administration.publish(opened, building="server_building", database="server")
