# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a connection proves: refusals by their fields as they were seen on the wire, and sessions that are not direct."""

from __future__ import annotations

import socket
import types
import typing as t
from dataclasses import dataclass, field

import pytest
from pg8000.exceptions import DatabaseError, InterfaceError
from scramp import ScramException

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import database, postgresql
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.server import Route
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import (
    MAINTENANCE_DATABASE,
    DatabaseObservation,
    failed,
    making,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, Reason

PROCESS = 91
BUILDING = names.DATABASE + names.BUILDING_SUFFIX
MAKING = making(names.DATABASE, "00000000-0000-4000-8000-000000000000")
Startup = dict[str, str]


# What the driver is given; it is not the real one here.
SOCKET: t.Any = types.SimpleNamespace(settimeout=lambda _seconds: None)


class Connection:
    """The driver's connection to a server that greets as one process and answers as another, or as the same."""

    def __init__(self, greeted: int | None, knows: t.Callable[[Startup], str | None], fails: Exception | None = None) -> None:
        self._backend_key_data = None if greeted is None else greeted.to_bytes(4, "big") + b"\0\0\0\1"
        self._knows, self._fails = knows, fails
        self._startup: Startup = {}
        self.closed = False

    def __call__(self, _user: str, *, startup_params: Startup, **_options: object) -> Connection:
        self._startup = startup_params
        return self

    def run(self, _sql: str, *, name: str) -> list[list[object]]:
        if self._fails:
            raise self._fails
        assert list(self._startup) == [name]
        return [[PROCESS, self._knows(self._startup)]]

    def close(self) -> None:
        self.closed = True


def everything(startup: Startup) -> str | None:
    return startup[postgresql.SESSION_SETTING]


def nothing(_startup: Startup) -> str | None:
    return None


def connect(monkeypatch: pytest.MonkeyPatch, driver: t.Callable[..., object]) -> postgresql.Session:
    monkeypatch.setattr("pg8000.native.Connection", driver)
    return postgresql.connect(where="db.msp", user="postgres", password="", database="server", sock=SOCKET)


def test_a_direct_session_is_told_by_its_process_and_its_own_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Connection(PROCESS, everything)
    connect(monkeypatch, driver)
    assert not driver.closed


QUERY_WAIT = DatabaseError({"S": "FATAL", "C": "08P01", "M": "query_wait_timeout"})


@pytest.mark.parametrize(
    "driver",
    [
        Connection(64, everything),
        Connection(None, everything),
        Connection(PROCESS, nothing),
        Connection(PROCESS, lambda _startup: "another session's"),
        Connection(PROCESS, everything, QUERY_WAIT),
    ],
    ids=["another process", "no process", "the process's number met by chance", "used before", "no server behind it"],
)
def test_a_pooled_session_is_refused_and_closed(monkeypatch: pytest.MonkeyPatch, driver: Connection) -> None:
    with pytest.raises(ObservationFailed) as caught:
        connect(monkeypatch, driver)
    assert caught.value.reason is Reason.POOLER_ANSWERED
    assert driver.closed


def met(cause: Exception) -> InterfaceError:
    """The driver's error for everything that ends a connection, with what it met behind it."""
    error = InterfaceError("network error")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("lost", "named"),
    [
        (InterfaceError("network error"), "InterfaceError: network error"),
        (met(ConnectionResetError()), "ConnectionResetError"),
        (BrokenPipeError(), "BrokenPipeError"),
    ],
)
def test_a_connection_that_ends_in_mid_statement_is_no_answer_u6(lost: Exception, named: str) -> None:
    ended = f"the connection ended before PostgreSQL answered ({named})."
    session = postgresql.Session(t.cast("t.Any", Connection(PROCESS, everything, lost)), "database 'server' on db.msp")
    with pytest.raises(ObservationFailed) as read:
        session.rows("SELECT 1", name="")
    assert read.value.message == f"Could not query database 'server' on db.msp: {ended}"
    answer = failed(read.value)
    # Where no volume is known, unreachable would read as nothing at all, and PostgreSQL has answered before.
    assert (answer.state, answer.evidence) == (DatabaseState.UNKNOWN, {"reason": "connection_lost"})
    assert answer.next_action.startswith("No conclusion was drawn from this. Run the same playbook again;")
    with pytest.raises(ActionFailed) as changed:
        session.execute("create role app_user", "CREATE ROLE app_user", name="")
    assert changed.value.message.startswith(f"Could not create role app_user on database 'server' on db.msp: {ended} ")
    assert "Whether it took effect is unknown. Run the same playbook again" in changed.value.message
    assert changed.value.evidence == {"reason": "connection_lost"}


@pytest.mark.parametrize(
    ("nobody", "named"),
    [
        (met(ConnectionRefusedError()), "ConnectionRefusedError"),
        (InterfaceError("network error"), "InterfaceError: network error"),
        (OSError(), "OSError"),
    ],
)
def test_where_nothing_answers_it_is_said_what_was_met(monkeypatch: pytest.MonkeyPatch, nobody: Exception, named: str) -> None:
    def refuse(*_user: object, **_options: object) -> object:
        raise nobody

    with pytest.raises(ObservationFailed) as caught:
        connect(monkeypatch, refuse)
    assert caught.value.reason is Reason.CONNECTION_FAILED
    assert caught.value.message.endswith(f"nothing answered as PostgreSQL does ({named}).")


def test_a_server_that_proves_no_password_is_not_taken_for_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_user: object, **_options: object) -> object:
        raise ScramException("The 'salt' canary is 8 bytes long")

    with pytest.raises(ObservationFailed, match="did not prove that it knows the password") as caught:
        connect(monkeypatch, refuse)
    assert "canary" not in caught.value.message and caught.value.reason is Reason.CONNECTION_FAILED


def test_a_statement_that_fails_is_told_by_its_code_u7() -> None:
    fails = DatabaseError({"S": "ERROR", "V": "ERROR", "C": "42501", "M": "permission denied"})
    session = postgresql.Session(t.cast("t.Any", Connection(PROCESS, everything, fails)), "database 'server' on db.msp")
    with pytest.raises(ActionFailed) as changed:
        session.execute("create role app_user", "CREATE ROLE app_user", secret=True, name="")
    assert (
        "Could not create role app_user on database 'server' on db.msp (SQLSTATE 42501). Grant the privilege"
        in changed.value.message
    )
    assert "permission denied" not in changed.value.message, "the statement holds a verifier, and the server's words may too"


MISMATCH = {
    "S": "ERROR",
    "V": "ERROR",
    "C": "XX000",
    "M": 'template database "template1" has a collation version mismatch',
    "D": "The template database was created using collation version 2.31,\nbut the operating system provides version 2.36.",
    "H": "Rebuild all objects in the template database that use the default collation.",
    "q": "SELECT 'an inner statement'",
    "W": "PL/pgSQL function made_of('a value')",
}


def test_what_postgresql_said_and_its_hint_are_quoted_r17() -> None:
    session = postgresql.Session(t.cast("t.Any", Connection(PROCESS, everything, DatabaseError(MISMATCH))), "database 'postgres'")
    with pytest.raises(ActionFailed) as changed:
        session.execute("create database 'hocuspocus'", "CREATE DATABASE hocuspocus", name="")
    assert (
        '(SQLSTATE XX000). PostgreSQL says: template database "template1" has a collation version mismatch; in detail: '
        "The template database was created using collation version 2.31, but the operating system provides version 2.36; and as "
        "a hint: Rebuild all objects in the template database that use the default collation. Fix the cause that PostgreSQL"
    ) in changed.value.message
    with pytest.raises(ObservationFailed) as read:
        session.rows("SELECT 1", name="")
    assert "collation version mismatch" in read.value.message
    for said in (changed.value.message, read.value.message):
        assert "an inner statement" not in said and "a value" not in said


@pytest.mark.parametrize(
    ("code", "named"),
    [("53100", "disk is full"), ("25006", "status.yml"), ("XX001", "copy the volume"), ("22012", "Fix the cause")],
)
def test_a_code_that_says_what_to_do_is_followed_r4_r17(code: str, named: str) -> None:
    fails = DatabaseError({"S": "ERROR", "V": "ERROR", "C": code, "M": "no"})
    session = postgresql.Session(t.cast("t.Any", Connection(PROCESS, everything, fails)), "database 'server' on db.msp")
    with pytest.raises(ActionFailed) as changed:
        session.execute("write the ledger", "INSERT", name="")
    assert named in changed.value.message


def test_each_session_has_a_setting_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    for _session in range(3):
        driver = Connection(PROCESS, everything)
        connect(monkeypatch, driver)
        seen.add(everything(driver._startup))
    assert len(seen) == 3


def postgresql_error(code: str, message: str = "") -> dict[str, str]:
    return {"S": "FATAL", "V": "FATAL", "C": code, "M": message, "F": "auth.c", "L": "329", "R": "auth_failed"}


def pgbouncer_error(message: str, code: str = "08P01") -> dict[str, str]:
    return {"S": "FATAL", "C": code, "M": message}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (postgresql_error("28P01"), Reason.PASSWORD_REJECTED),
        # R17: 28000 is no wrong password, but a role that may not log in, or nobody's rule in pg_hba.conf.
        (postgresql_error("28000", 'role "postgres" is not permitted to log in'), Reason.LOGIN_REFUSED),
        # The same code under a sentence that says something else, and in another language: the words decide nothing (U7).
        (postgresql_error("28P01", "the database system is starting up"), Reason.PASSWORD_REJECTED),
        (
            postgresql_error("28P01", "Passwort-Authentifizierung für Benutzer »postgres« fehlgeschlagen"),
            Reason.PASSWORD_REJECTED,
        ),
        (postgresql_error("57P03"), Reason.STARTING_UP),
        (postgresql_error("57P03", 'password authentication failed for user "postgres"'), Reason.STARTING_UP),
        (postgresql_error("53300"), Reason.QUERY_FAILED),
        (postgresql_error("42501"), Reason.QUERY_FAILED),
        (pgbouncer_error("unsupported startup parameter: alga_appliance.session"), Reason.POOLER_ANSWERED),
        (pgbouncer_error("SASL authentication failed"), Reason.POOLER_ANSWERED),
        (pgbouncer_error("no such database: server"), Reason.POOLER_ANSWERED),
        (pgbouncer_error("no more connections allowed (max_client_conn)"), Reason.POOLER_ANSWERED),
        (pgbouncer_error("query_wait_timeout"), Reason.POOLER_ANSWERED),
        (pgbouncer_error("password authentication failed", "28P01"), Reason.POOLER_ANSWERED),
        (pgbouncer_error("no such database: server", "3D000"), Reason.POOLER_ANSWERED),
    ],
)
def test_a_refusal_is_known_by_its_fields_and_never_by_its_words_u7(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, str], reason: Reason
) -> None:
    def refuse(*_user: object, **_options: object) -> object:
        raise DatabaseError(fields)

    with pytest.raises(ObservationFailed) as caught:
        connect(monkeypatch, refuse)
    assert (caught.value.reason, caught.value.evidence["sqlstate"]) == (reason, fields["C"])
    assert not isinstance(caught.value, postgresql.UndefinedDatabase)
    assert fields["M"] in caught.value.message, "its words decide nothing, and are for a person to read (R17)"


def test_only_postgresqls_own_word_proves_that_a_database_does_not_exist_u6(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_user: object, **_options: object) -> object:
        raise DatabaseError(postgresql_error("3D000"))

    with pytest.raises(postgresql.UndefinedDatabase):
        connect(monkeypatch, refuse)


@dataclass(frozen=True)
class Scripted(Route):
    """A way into a server that answers each connection in turn: the databases that it lists, or no such database."""

    answers: list[list[str] | None] = field(default_factory=list)
    # Databases that carry this collection's ledger.
    ledgers: tuple[str, ...] = ()

    def route(self) -> Scripted:
        return self

    def connect(self, database: str) -> postgresql.Session:
        if database not in (names.DATABASE, MAINTENANCE_DATABASE):
            return Session([], ledger=database in self.ledgers)
        databases = self.answers.pop(0)
        if databases is None:
            raise postgresql.UndefinedDatabase(f"No {database}.", reason=Reason.QUERY_FAILED, evidence={"sqlstate": "3D000"})
        return Session(databases)


class Session(postgresql.Session):
    """A session of a server without a single table."""

    def __init__(self, databases: list[str], *, ledger: bool = False) -> None:
        self._databases, self._ledger = databases, ledger

    def rows(self, sql: str, **_parameters: t.Any) -> postgresql.Rows:
        if "FROM alga_appliance.runs" in sql or "to_regclass" in sql:
            return [[self._ledger]]
        if "pg_is_in_recovery" in sql:
            return [[False, False, "default", "", 0]]
        if "pg_control_system" in sql:
            return [[170012, "7", False, 0]]
        if "datconnlimit" in sql:
            return [["UTF8", "en_US.utf8", -1, "", ""]]
        return [[name, ""] for name in self._databases] if "FROM pg_database" in sql else []

    def give_up_waiting(self) -> None:
        """Nothing here waits."""

    def close(self) -> None:
        """There is nothing to close."""


def server(*answers: list[str] | None, ledgers: tuple[str, ...] = ()) -> Scripted:
    return Scripted("db.msp", names.SUPERUSER, "pw", lambda: SOCKET, answers=list(answers), ledgers=ledgers)


def observe(answering: Scripted) -> DatabaseObservation:
    return database.observe(t.cast("t.Any", answering), database.Question())


def test_a_database_that_was_published_meanwhile_is_entered() -> None:
    answering = server(None, [names.DATABASE], [names.DATABASE])
    assert observe(answering).tables == 0
    assert answering.answers == []


def test_a_database_that_is_not_there_is_absent() -> None:
    assert observe(server(None, [BUILDING])).tables is None


@pytest.mark.parametrize(
    ("answers", "elsewhere"),
    [
        ((None, ["kept", "server_old", "temporal"]), ("kept", "server_old")),
        # Empty, and made by somebody else: what was renamed before is found all the same.
        (([names.DATABASE, "server_old"],), ("server_old",)),
        ((None, ["temporal", BUILDING]), ()),
        # One that another run is just making is not entered: its rename would fail.
        ((None, [MAKING]), ()),
    ],
)
def test_a_ledger_in_another_database_is_found_r25(answers: tuple[list[str] | None, ...], elsewhere: tuple[str, ...]) -> None:
    assert observe(server(*answers, ledgers=("kept", "server_old", BUILDING, MAKING))).elsewhere == elsewhere


def test_a_database_that_is_listed_and_cannot_be_entered_is_not_absent_f27_u6() -> None:
    """Its directory is missing: PostgreSQL says 3D000 then too."""
    with pytest.raises(ObservationFailed) as caught:
        observe(server(None, [names.DATABASE], None, [names.DATABASE]))
    assert failed(caught.value).state is DatabaseState.UNKNOWN


def test_a_server_without_its_maintenance_database_is_not_empty_f27() -> None:
    with pytest.raises(ObservationFailed) as caught:
        observe(server(None, None))
    assert failed(caught.value).state is DatabaseState.UNKNOWN


def test_a_server_that_accepts_and_does_not_answer_hangs_r35(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "ANSWER_SECONDS", 0.05)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(ObservationFailed, match="accepts connections but did not answer") as caught:
        postgresql.connect(where="db.msp", user="postgres", password="", database="server", sock=ours)
    assert caught.value.reason is Reason.HANGING and failed(caught.value).state is DatabaseState.UNKNOWN


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_query_that_is_not_answered_hangs_and_a_change_is_not_known_r35(wrapped: bool) -> None:
    late: Exception = TimeoutError("timed out")
    if wrapped:
        late = InterfaceError("network error")
        late.__cause__ = TimeoutError("timed out")

    class Late:
        def run(self, _sql: str) -> None:
            raise late

    class Deadlines(list[float]):
        settimeout = list.append

    deadlines = Deadlines()
    session = postgresql.Session(t.cast("t.Any", Late()), "database 'server' on db.msp", deadlines)
    with pytest.raises(ObservationFailed) as caught:
        session.rows("SELECT 1")
    assert caught.value.reason is Reason.HANGING
    with pytest.raises(ActionFailed, match="Whether it took effect is unknown"):
        session.execute("rename it", "ALTER DATABASE a RENAME TO b")
    assert deadlines == [postgresql.ANSWER_SECONDS, postgresql.CHANGE_SECONDS]
