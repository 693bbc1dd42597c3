# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Direct PostgreSQL connections that keep the SQLSTATE of a refusal, which libpq does not hand on."""

from __future__ import annotations

import contextlib
import secrets
import struct
import typing as t

from ..._core.credentials.scram import prepare
from ..._core.database.sqlstate import (
    CANNOT_CONNECT_NOW,
    INVALID_AUTHORIZATION,
    INVALID_PASSWORD,
    LOOK_UP,
    MEND,
    UNDEFINED_DATABASE,
    action,
    quoted,
)
from ..._core.errors import ActionFailed, ObservationFailed
from ..._core.states import Reason
from ..unanswered import why

IMPORT_ERROR: ImportError | None
try:
    import scramp.core
    from pg8000 import native
    from pg8000.exceptions import DatabaseError, InterfaceError

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error

APPLICATION_NAME = "alga.appliance"
SECONDS = 20
# An answer over a port-forward: longer than a statement may take on the server, so that its own word comes first (R35).
ANSWER_SECONDS = SECONDS + 5
# A statement that changes something waits for locks and disks, and where it breaks off, nobody knows whether it was done.
CHANGE_SECONDS = 600

# A setting of the session's own, given in the startup message: PostgreSQL shows it, and a pooler refuses or loses it.
# PostgreSQL documentation, "Customized Options" and "Message Formats" (StartupMessage).
SESSION_SETTING = "alga_appliance.session"

Rows = list[list[t.Any]]


class UndefinedDatabase(ObservationFailed):
    """The server proved that the database does not exist (SQLSTATE 3D000)."""


def identifier(name: str) -> str:
    """Quote a name for SQL where it needs quotes."""
    return str(native.identifier(name))


def literal(value: str) -> str:
    """Quote a text for SQL, for statements that take no parameters."""
    return str(native.literal(value))


def sqlstate(error: Exception) -> str:
    """The SQLSTATE of an error that the server reported, or an empty text."""
    return _fields(error).get("C", "")


def _fields(error: Exception) -> dict[str, str]:
    """The fields of an error that was reported over the connection; none when the connection itself failed."""
    content = error.args[0] if error.args else None
    return content if isinstance(content, dict) else {}


def _ended(error: Exception) -> str:
    """What ended a connection in mid-statement; the driver calls everything InterfaceError, and what it met is behind it."""
    return f"the connection ended before PostgreSQL answered ({why(error)[0]})"


def _is_late(error: Exception) -> bool:
    """Tell whether a deadline ended a connection: the system's word for it, or the driver's with the system's behind it."""
    return isinstance(error, TimeoutError) or isinstance(error.__cause__, TimeoutError)


def _hanging(tried: str) -> ObservationFailed:
    """PostgreSQL is stopped or waits for its disk: the kernel accepts connections for it, and nobody answers (R35)."""
    return ObservationFailed(
        f"{tried}: PostgreSQL accepts connections but did not answer for {SECONDS} seconds, so it hangs.", reason=Reason.HANGING
    )


def _is_of_a_pooler(error: Exception) -> bool:
    """Tell whether a pooler reported the error, and not the server behind it.

    PostgreSQL gives the severity twice, as S and as V, since 9.6 (documentation, "Error and Notice Message Fields"). PgBouncer
    gives S alone, and has one code for nearly everything it refuses, a wrong password included (1.24: 08P01).
    """
    fields = _fields(error)
    return bool(fields) and "V" not in fields


class Session:
    """One connection to one database.

    :param opened: a connected pg8000 connection.
    :param where: server and database as a person would name them.
    :param sock: the socket under it; the driver sets no deadline on one that it did not open.
    """

    def __init__(self, opened: native.Connection, where: str, sock: t.Any = None) -> None:
        self._connection = opened
        self._sock = sock
        self.where = where

    def _run(self, seconds: float, sql: str, parameters: t.Mapping[str, t.Any]) -> t.Any:
        if self._sock is not None:
            self._sock.settimeout(seconds)
        return self._connection.run(sql, **parameters)

    def rows(self, sql: str, **parameters: t.Any) -> Rows:
        """Read.

        :raises ObservationFailed: with the SQLSTATE in its evidence; with :data:`Reason.CONNECTION_LOST` where nobody gave one.
        """
        tried = f"Could not query {self.where}"
        try:
            return list(self._run(ANSWER_SECONDS, sql, parameters) or [])
        except DatabaseError as error:
            if _is_of_a_pooler(error):
                raise _pooled(tried, error) from None
            raise _failed(tried, error) from None
        except (InterfaceError, OSError) as error:
            if _is_late(error):
                raise _hanging(tried) from None
            raise ObservationFailed(f"{tried}: {_ended(error)}.", reason=Reason.CONNECTION_LOST) from None

    def value(self, sql: str, **parameters: t.Any) -> t.Any:
        """Read one value."""
        return self.rows(sql, **parameters)[0][0]

    def execute(self, what: str, sql: str, *, secret: bool = False, **parameters: t.Any) -> None:
        """Change something.

        :param what: what the statement does, as it reads after "Could not".
        :param secret: whether the statement holds a verifier, of which PostgreSQL's words may repeat a part.
        :raises ActionFailed: with the SQLSTATE and, where nothing is secret, PostgreSQL's own words; with
            :data:`Reason.CONNECTION_LOST` where the outcome is not known.
        """
        tried = f"Could not {what} on {self.where}"
        try:
            self._run(CHANGE_SECONDS, sql, parameters)
        except DatabaseError as error:
            code, said = sqlstate(error), "" if secret else quoted(_fields(error))
            raise ActionFailed(
                f"{tried} (SQLSTATE {code}).{said} {action(code) or (MEND if said else LOOK_UP)}",
                evidence={"sqlstate": code},
            ) from None
        except (InterfaceError, OSError) as error:
            raise ActionFailed(
                f"{tried}: {_ended(error)}. Whether it took effect is unknown. Run the same playbook again; it checks, and "
                "continues from what it finds.",
                evidence={"reason": Reason.CONNECTION_LOST.value},
            ) from None

    def give_up_waiting(self) -> None:
        """Let no statement of this session wait longer than :data:`SECONDS`, as one does behind a migration's table lock.

        It fails with SQLSTATE 57014 then, and what it asked is unknown.
        """
        self.rows(f"SET statement_timeout = '{SECONDS}s'")

    def is_pooled(self, nonce: str) -> bool:
        """Tell whether a pooler stands between.

        PostgreSQL greets with the number of the process that answers, and knows what the startup message said. A pooler
        greets with a number of its own, which may be any, and hands the statement to a connection that it opened before.

        :param nonce: what the startup message gave as :data:`SESSION_SETTING`.
        """
        data = self._connection._backend_key_data  # no public access to BackendKeyData
        greeted = struct.unpack("!i", data[:4])[0] if data else None
        answered, known = self.rows("SELECT pg_backend_pid(), current_setting(:name, true)", name=SESSION_SETTING)[0]
        return bool(greeted != answered or known != nonce)

    def close(self) -> None:
        """End the session; a connection that is already broken is closed all the same."""
        with contextlib.suppress(InterfaceError, OSError):
            self._connection.close()


def connect(
    *,
    where: str,
    user: str,
    password: str,
    database: str,
    sock: t.Any,
) -> Session:
    """Open a direct session over a socket that is already connected.

    :raises UndefinedDatabase: when PostgreSQL itself says that the database does not exist; a pooler's word is no proof (U6).
    :raises ObservationFailed: for everything else, told apart by SQLSTATE and never by English text (U7); a session through a
        pooler is refused too, for it holds no advisory lock and may end in another database.
    """
    named = f"database '{database}' on {where}"
    nonce = secrets.token_hex(8)
    tried = f"Could not connect to {named} as role {user}"
    sock.settimeout(ANSWER_SECONDS)
    try:
        with _passwords_prepared():
            opened = native.Connection(
                user,
                database=database,
                password=password,
                sock=sock,
                # A port-forward already runs inside the API server's TLS, and what dials an address agrees on TLS itself.
                ssl_context=False,
                application_name=APPLICATION_NAME,
                startup_params={SESSION_SETTING: nonce},
            )
    except DatabaseError as error:
        raise _refused(tried, error) from None
    except scramp.ScramException:
        raise _no_scram(tried) from None
    except (InterfaceError, OSError, struct.error) as error:
        if _is_late(error):
            raise _hanging(tried) from None
        raise ObservationFailed(
            f"{tried}: nothing answered as PostgreSQL does ({why(error)[0]}).",
            reason=Reason.CONNECTION_FAILED,
        ) from None
    with contextlib.ExitStack() as stack:
        session = stack.enter_context(contextlib.closing(Session(opened, named, sock)))
        if session.is_pooled(nonce):
            raise _pooled(tried)
        stack.pop_all()
    return session


def log_in_through_pooler(*, where: str, user: str, password: str, database: str, sock: t.Any) -> None:
    """Log in as a consumer of a pooler does, and have PostgreSQL behind it answer; proves both logins, the client's and its own.

    :raises ObservationFailed: when either does not succeed.
    """
    tried = f"Could not log in to database '{database}' through {where} as role {user}"
    sock.settimeout(ANSWER_SECONDS)
    try:
        with (
            _passwords_prepared(),
            native.Connection(
                user, database=database, password=password, sock=sock, ssl_context=False, application_name=APPLICATION_NAME
            ) as opened,
        ):
            opened.run("SELECT 1")
    except DatabaseError as error:
        raise _failed(tried, error) from None
    except scramp.ScramException:
        raise _no_scram(tried) from None
    except (InterfaceError, OSError, struct.error) as error:
        raise ObservationFailed(f"{tried}: {_ended(error)}.", reason=Reason.CONNECTION_FAILED) from None


@contextlib.contextmanager
def _passwords_prepared() -> t.Iterator[None]:
    """Let the driver send a password as PostgreSQL stored it: its library refuses what SASLprep prohibits, such as a newline."""
    known = scramp.core.saslprep
    scramp.core.saslprep = lambda text: prepare(text.encode()).decode()
    try:
        yield
    finally:
        scramp.core.saslprep = known


def _no_scram(tried: str) -> ObservationFailed:
    """The library's words are left out, because they quote what was exchanged (RFC 5802)."""
    return ObservationFailed(
        f"{tried}: the server did not prove that it knows the password (SCRAM), so it is not the PostgreSQL that stored it, or "
        "something in between changed the exchange.",
        reason=Reason.CONNECTION_FAILED,
    )


def _pooled(tried: str, error: Exception | None = None) -> ObservationFailed:
    code, said = (sqlstate(error), quoted(_fields(error))) if error else ("", "")
    return ObservationFailed(
        f"{tried}: a pooler such as PgBouncer answered instead of PostgreSQL" + (f" (SQLSTATE {code}).{said}" if code else "."),
        reason=Reason.POOLER_ANSWERED,
        evidence={"sqlstate": code},
    )


def _failed(tried: str, error: Exception, reason: Reason = Reason.QUERY_FAILED) -> ObservationFailed:
    """What the server refused or could not do, in its own words; the statement holds no secret where something is read."""
    code = sqlstate(error)
    return ObservationFailed(
        f"{tried} (SQLSTATE {code}).{quoted(_fields(error))}",
        reason=reason,
        next_action=action(code),
        evidence={"sqlstate": code},
    )


_REFUSALS = {
    INVALID_PASSWORD: ("the server does not accept this password or role", Reason.PASSWORD_REJECTED),
    INVALID_AUTHORIZATION: ("the role may not log in, or not from here, whatever its password", Reason.LOGIN_REFUSED),
    CANNOT_CONNECT_NOW: ("PostgreSQL is starting up, recovering or shutting down", Reason.STARTING_UP),
}


def _refused(tried: str, error: Exception) -> ObservationFailed:
    code = sqlstate(error)
    if _is_of_a_pooler(error):
        return _pooled(tried, error)
    if code == UNDEFINED_DATABASE:
        return UndefinedDatabase(
            f"{tried}: the database does not exist (SQLSTATE {code}).", reason=Reason.QUERY_FAILED, evidence={"sqlstate": code}
        )
    seen, reason = _REFUSALS.get(code, ("the server refused the connection", Reason.QUERY_FAILED))
    return _failed(f"{tried}: {seen}", error, reason)
