# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other side of every port, as a short script: what the API server, PostgreSQL and a program say when they are asked.

A question that is not in the script fails the test at once, and what the script expects and nobody did fails it at its end.
Only the wire is scripted: what an answer means is concluded by the adapters' own code, from the shapes that the real ones have.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t
from urllib.parse import parse_qsl, urlsplit

import yaml
from kubernetes import client
from pg8000.exceptions import DatabaseError, InterfaceError
from urllib3.exceptions import ProtocolError

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import postgresql
from ansible_collections.alga.appliance.plugins.module_utils._core.database.sqlstate import UNDEFINED_DATABASE
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason

Json = dict[str, t.Any]


class Refusal(t.NamedTuple):
    """An answer with the code of a failure."""

    code: int
    body: str


def status(code: int, reason: str, message: str) -> Refusal:
    """A failure in the API server's own words (Kubernetes API conventions, "Response Status Kind")."""
    said = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": reason, "message": message}
    return Refusal(code, json.dumps({**said, "code": code}))


FORBIDDEN = status(403, "Forbidden", 'User "operator" cannot do that')
CONFLICT = status(409, "AlreadyExists", "it already exists")
FAILED = status(500, "InternalError", "etcdserver: request timed out")
# A 404 that no API server says, such as an ingress' page: nothing is known.
PAGE = Refusal(404, "<html><head><title>404 Not Found</title></head><body>nginx</body></html>")
# Whoever accepts the connection and ends it.
NO_ANSWER = ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
# What is no word for "it does not exist", whatever is asked.
UNKNOWN: dict[str, Refusal | ProtocolError] = {
    "forbidden": FORBIDDEN,
    "failed": FAILED,
    "a proxy's page": PAGE,
    "no answer": NO_ANSWER,
}

# An object, a list's items, a text, the API server's own NotFound (None), a refusal or the loss of the connection.
Answer: t.TypeAlias = Json | list[Json] | str | Refusal | ProtocolError | None


class Then(tuple[Answer, ...]):
    """Answers one after the other; the last one stays."""

    __slots__ = ()


def then(*answers: Answer) -> Then:
    """What is answered first, second and so on."""
    return Then(answers)


class Changed(t.NamedTuple):
    """An answer that is another one once something was written."""

    before: Answer
    after: Answer
    url: str


class Write(t.NamedTuple):
    """A call that changes something, expected once and in its place; without an answer of its own, the body comes back."""

    method: str
    url: str
    dry_run: bool = False
    answer: Answer | t.Literal[True] = True


def posts(url: str, answer: Answer | t.Literal[True] = True, *, dry_run: bool = False) -> Write:
    """An object is created."""
    return Write("POST", url, dry_run, answer)


def patches(url: str, answer: Answer | t.Literal[True] = True, *, dry_run: bool = False) -> Write:
    """An object is merged or applied."""
    return Write("PATCH", url, dry_run, answer)


def deletes(url: str, answer: Answer | t.Literal[True] = True) -> Write:
    """An object is deleted."""
    return Write("DELETE", url, answer=answer)


class Written(t.NamedTuple):
    """A call that changed something, or only tried to."""

    method: str
    url: str
    body: Json
    dry_run: bool


class Executed(t.NamedTuple):
    """A program that is run in a pod, and what it prints or why it could not be run."""

    pod: str
    container: str
    program: str
    prints: bytes | ObservationFailed


class _Response:
    def __init__(self, code: int, body: str) -> None:
        self.status, self.data = code, body.encode()
        self.headers: dict[str, str] = {}


class ScriptedApi(KubernetesApi):
    """The collection's own client, above a server that has a script.

    :param asked: what is answered to reads, by path or by path and query; each has to be asked for at least once.
    :param there: the same for what may be asked for or not.
    :param writes: what is changed, in this order; dry runs are among them.
    :param executes: what is run in pods, in this order.
    """

    def __init__(
        self,
        asked: t.Mapping[str, Answer | Then | Changed] | None = None,
        *,
        there: t.Mapping[str, Answer | Then | Changed] | None = None,
        writes: t.Sequence[Write] = (),
        executes: t.Sequence[Executed] = (),
        forwards: bool = False,
    ) -> None:
        self.before_change = self._before_change
        self.server = "https://api.example.org:6443"
        self._seconds = (1.0, 1.0)
        self._client: t.Any = self
        self._configuration = client.Configuration(host=self.server)
        self._answers = {**(there or {}), **(asked or {})}
        self._unasked = set(asked or {})
        self._times: dict[str, int] = {}
        self._writes, self._executes, self._forwards = list(writes), list(executes), forwards
        self.written: list[Written] = []
        # What was changed through whichever port, in its order.
        self.done: list[str] = []
        self.guarded = 0

    def _before_change(self) -> None:
        self.guarded += 1

    @property
    def bodies(self) -> list[Json]:
        """What was written, without dry runs and programs."""
        return [each.body for each in self.written if not each.dry_run and each.method != "EXEC"]

    def ended(self) -> None:
        """Fail where something that was expected did not happen."""
        assert not self._unasked, f"nobody asked for {sorted(self._unasked)}"
        assert not self._writes, f"nobody wrote {self._writes}"
        assert not self._executes, f"nobody ran {self._executes}"

    # What the client's connections do.

    def _send(self, method: str, address: str, _headers: t.Mapping[str, str], content: str | None) -> t.Any:
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        answer = self._read(parts.path, query) if method == "GET" else self._write(method, parts.path, query, _json(content))
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            kind, _slash, name = parts.path.rpartition("/")
            answer = status(404, "NotFound", f'{kind.rpartition("/")[2]} "{name}" not found')
        if isinstance(answer, Refusal):
            return _Response(answer.code, answer.body)
        if isinstance(answer, list):
            # Of what a list has, no item says its kind.
            items = [{key: value for key, value in item.items() if key not in ("kind", "apiVersion")} for item in answer]
            answer = {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items}
        if isinstance(answer, dict):
            # Whatever a server answers says what it is.
            answer = {"kind": "List" if "items" in answer else "Object", "apiVersion": "v1", **answer}
        return _Response(200, answer if isinstance(answer, str) else json.dumps(answer))

    def close(self) -> None:
        """Nothing is open."""

    def _read(self, path: str, query: t.Mapping[str, str]) -> Answer:
        named = f"{path}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if query else path
        key = named if named in self._answers else path
        assert key in self._answers, f"GET {named} is not in the script"
        self._unasked.discard(key)
        answer = self._answers[key]
        if isinstance(answer, Then):
            turn = self._times.get(key, 0)
            self._times[key] = turn + 1
            return answer[min(turn, len(answer) - 1)]
        return self._changed(answer) if isinstance(answer, Changed) else answer

    def _changed(self, answer: Changed) -> Answer:
        """What is there now: as it was, or as it is once something was written."""
        return answer.after if any(each.url == answer.url and not each.dry_run for each in self.written) else answer.before

    def _write(self, method: str, path: str, query: t.Mapping[str, str], body: Json) -> Answer:
        dry_run = query.get("dryRun") == "All"
        done = f"{method} {path}{' (dry run)' if dry_run else ''} {json.dumps(body)[:300]}"
        assert self._writes, f"{done} is not in the script"
        expected = self._writes.pop(0)
        assert (expected.method, expected.url, expected.dry_run) == (method, path, dry_run), f"{done} instead of {expected}"
        self.written.append(Written(method, path, body, dry_run))
        self.done.append(f"{method} {path}")
        if expected.answer is not True:
            return expected.answer
        if method == "DELETE":
            return {"kind": "Status", "apiVersion": "v1", "status": "Success"}
        made = {"uid": "u1", "resourceVersion": "2", "creationTimestamp": "2026-01-01T00:00:00Z"}
        return {**body, "metadata": {**made, **(body.get("metadata") or {})}}

    # What goes through websockets.

    def execute(self, namespace: str, pod: str, container: str, command: t.Sequence[str], *, stdin: bytes = b"") -> bytes:
        words = " ".join(command)
        assert self._executes, f"{words} in {pod} is not in the script"
        expected = self._executes.pop(0)
        assert (expected.pod, expected.container) == (pod, container) and words.startswith(expected.program), f"{words} in {pod}"
        self.written.append(Written("EXEC", f"{namespace}/{pod}", {"stdin": stdin.decode()}, dry_run=False))
        if isinstance(expected.prints, ObservationFailed):
            raise expected.prints
        return expected.prints

    def port_forward(self, namespace: str, pod: str, port: int) -> t.Any:
        assert self._forwards, f"a port-forward to {namespace}/{pod}:{port} is not in the script"
        return f"{namespace}/{pod}:{port}"


def _json(content: str | None) -> Json:
    """A body as it was sent: server-side apply sends YAML, of which JSON is a part."""
    return dict(yaml.safe_load(content or "{}"))


# PostgreSQL

Rows = list[list[t.Any]]


class SqlError(t.NamedTuple):
    """An error as PostgreSQL sends it (documentation, "Error and Notice Message Fields")."""

    code: str
    message: str = "no"
    detail: str = ""

    def raised(self) -> DatabaseError:
        """The driver's error for it."""
        fields = {"S": "ERROR", "V": "ERROR", "C": self.code, "M": self.message, "D": self.detail}
        return DatabaseError({key: value for key, value in fields.items() if value})


LOST = InterfaceError("network error")
Reply: t.TypeAlias = Rows | SqlError | InterfaceError


class Statement(t.NamedTuple):
    """A statement that changes something, expected once and in its place.

    :param part: what stands in it, without the quotes around names.
    """

    database: str
    part: str
    fails: SqlError | InterfaceError | None = None


class Ran(t.NamedTuple):
    """A statement that changed something."""

    database: str
    sql: str
    parameters: dict[str, t.Any]


_READS = ("SELECT", "WITH", "SHOW", "SET statement_timeout")


class ScriptedPostgresql:
    """A server with a script: its databases and, in each, the answers to questions by a part of their text.

    :param databases: what a session in each sees; a database that is not among them does not exist, by the server's own word.
        One that has an exception cannot be entered.
    :param everywhere: what every session sees.
    """

    def __init__(
        self,
        databases: t.Mapping[str, t.Mapping[str, Reply | t.Sequence[Reply]] | ObservationFailed],
        *,
        everywhere: t.Mapping[str, Reply] | None = None,
        writes: t.Sequence[Statement] = (),
    ) -> None:
        self._databases, self._everywhere, self._writes = databases, everywhere or {}, list(writes)
        self.ran: list[Ran] = []
        self.done: list[str] = []
        self.entered: list[str] = []
        self.passwords: set[str] = set()

    def connect(self, *, where: str, user: str, password: str, database: str, **_way: t.Any) -> postgresql.Session:
        """What takes the place of :func:`postgresql.connect`."""
        self.entered.append(database)
        self.passwords.add(password)
        inside = self._databases.get(database)
        if inside is None:
            raise postgresql.UndefinedDatabase(
                f"Database {database} does not exist.", reason=Reason.QUERY_FAILED, evidence={"sqlstate": UNDEFINED_DATABASE}
            )
        if isinstance(inside, ObservationFailed):
            raise inside
        return postgresql.Session(t.cast("t.Any", _Connection(self, database)), f"database {database} on {where}")

    def run(self, database: str, sql: str, parameters: dict[str, t.Any]) -> Rows:
        """Answer one statement."""
        if not sql.startswith(_READS):
            assert self._writes, f"in {database}, {sql} is not in the script"
            expected = self._writes.pop(0)
            said = sql.replace('"', "")
            assert expected.database == database and expected.part in said, f"in {database}, {said} instead of {expected}"
            self.ran.append(Ran(database, sql, parameters))
            self.done.append(f"{database}: {said}")
            if expected.fails is not None:
                raise expected.fails.raised() if isinstance(expected.fails, SqlError) else expected.fails
            return []
        if sql.startswith("SET statement_timeout"):
            return []
        inside = {**self._everywhere, **t.cast("t.Mapping[str, Reply]", self._databases[database])}
        known = [part for part in inside if part in sql]
        assert known, f"in {database}, {sql} is not in the script"
        reply = inside[max(known, key=len)]
        if isinstance(reply, SqlError):
            raise reply.raised()
        if isinstance(reply, InterfaceError):
            raise reply
        return reply

    def ended(self) -> None:
        """Fail where something that was expected did not happen."""
        assert not self._writes, f"nobody ran {self._writes}"


@dataclasses.dataclass
class _Connection:
    server: ScriptedPostgresql
    database: str

    def run(self, sql: str, **parameters: t.Any) -> Rows:
        return self.server.run(self.database, sql, parameters)

    def close(self) -> None:
        """Nothing is open."""


# Programs

Output = tuple[int, str, str]


class ScriptedCommand:
    """A program with a script: what it answers, by a part of its words.

    :param answers: the exit code and the two outputs; several are given one after the other, and the last one stays. Each has to
        be asked for at least once.
    :param there: the same for what may be asked for or not.
    """

    def __init__(
        self,
        answers: t.Mapping[str, Output | OSError | list[Output]] | None = None,
        *,
        there: t.Mapping[str, Output | OSError | list[Output]] | None = None,
    ) -> None:
        self._answers = {**(there or {}), **(answers or {})}
        self._unasked = set(answers or {})
        self.calls: list[str] = []
        self.stdins: list[str] = []

    def __call__(self, arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> Output:
        words = " ".join(arguments)
        known = [part for part in self._answers if part in words]
        assert known, f"{words} is not in the script"
        part = max(known, key=len)
        self._unasked.discard(part)
        self.calls.append(words)
        self.stdins.append(stdin)
        answer = self._answers[part]
        if isinstance(answer, OSError):
            raise answer
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer

    def ended(self) -> None:
        """Fail where something that was expected did not happen."""
        assert not self._unasked, f"nobody ran {sorted(self._unasked)}"
