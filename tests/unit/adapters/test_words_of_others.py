# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ruff: noqa: E501  # what others say stands here as they say it

"""What PostgreSQL, Kubernetes, TLS, helm, knex, talosctl, plugins and proxies really say becomes a sentence (R15, R16, R17).

Each has the cause in it and what to do next, and nothing of a secret that the other side repeats.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import types
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from pg8000.exceptions import DatabaseError, InterfaceError
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError, ProxyError, SSLError

from ansible_collections.alga.appliance.plugins.module_utils._adapters.bootstrap import jobs
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import kubeconfig
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.api_answers import refusal, unanswered
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import postgresql
from ansible_collections.alga.appliance.plugins.module_utils._adapters.escrow.escrow import Escrow
from ansible_collections.alga.appliance.plugins.module_utils._adapters.release.chart import read_values
from ansible_collections.alga.appliance.plugins.module_utils._adapters.release.helm import Helm
from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos.talosctl import Talosctl
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap import job_log
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import JobState
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import in_words
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ApplianceError, ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run, UseCase

CANARY = "canary'Of \"4f\\9"
ENCODED = base64.b64encode(CANARY.encode()).decode()
HIDDEN = job_log.forms([CANARY.encode(), ENCODED.encode()])
URL = "/api/v1/namespaces/msp/pods"
GET = f"GET {URL} on the Kubernetes API server https://10.0.0.7:6443"
Say = t.Callable[[pytest.MonkeyPatch, Path], str]


class Driver:
    """A connection that ends every statement in one error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def run(self, _sql: str, **_parameters: object) -> t.NoReturn:
        raise self._error


@dataclass(frozen=True)
class Nothing:
    """No options."""


def fields(code: str, message: str, detail: str = "", hint: str = "", severity: str = "ERROR") -> DatabaseError:
    """An error as PostgreSQL sends it, with the fields that nobody is shown: context, query, file and routine."""
    told = {"S": severity, "V": severity, "C": code, "M": message, "D": detail, "H": hint}
    inner = {"q": f"ALTER ROLE postgres PASSWORD '{CANARY}'", "W": CANARY, "F": "auth.c", "L": "329", "R": "auth_failed"}
    return DatabaseError({key: value for key, value in {**told, **inner}.items() if value})


def read(code: str, message: str, detail: str = "", hint: str = "") -> Say:
    """PostgreSQL to a query."""

    def say(_monkeypatch: pytest.MonkeyPatch, _folder: Path) -> str:
        session = postgresql.Session(t.cast("t.Any", Driver(fields(code, message, detail, hint))), "database 'server' on db.msp")
        with pytest.raises(ObservationFailed) as raised:
            session.rows("SELECT 1")
        return in_words(raised.value)

    return say


def change(code: str, message: str, detail: str = "", hint: str = "", *, secret: bool = False) -> Say:
    """PostgreSQL to a statement that changes something."""

    def say(_monkeypatch: pytest.MonkeyPatch, _folder: Path) -> str:
        session = postgresql.Session(t.cast("t.Any", Driver(fields(code, message, detail, hint))), "database 'server' on db.msp")
        with pytest.raises(ActionFailed) as raised:
            session.execute("make database 'server_building'", "...", secret=secret)
        return raised.value.message

    return say


# What the driver is given; it is not the real one here.
SOCKET: t.Any = types.SimpleNamespace(settimeout=lambda _seconds: None)


def log_in(code: str, message: str, hint: str = "", *, lost: Exception | None = None) -> Say:
    """PostgreSQL to a connection."""

    def say(monkeypatch: pytest.MonkeyPatch, _folder: Path) -> str:
        def refuse(*_user: object, **_options: object) -> t.NoReturn:
            raise lost or fields(code, message, hint=hint, severity="FATAL")

        monkeypatch.setattr("pg8000.native.Connection", refuse)
        with pytest.raises(ObservationFailed) as raised:
            postgresql.connect(where="db.msp", user="postgres", password=CANARY, database="postgres", sock=SOCKET)
        return in_words(raised.value)

    return say


def met(cause: Exception) -> InterfaceError:
    """The driver's error for everything that keeps it from a server, with what it met behind it."""
    error = InterfaceError("Can't create a connection to host db and port 5432 (timeout is 20 and source_address is None).")
    error.__cause__ = cause
    return error


def answered(code: int, reason: str, message: str, **details: t.Any) -> Say:
    """The API server with a Status object."""
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code}
    return plainly(code, json.dumps({**body, "details": details} if details else body))


def plainly(code: int, text: str) -> Say:
    """Whoever answers a request."""

    def say(_monkeypatch: pytest.MonkeyPatch, _folder: Path) -> str:
        return in_words(refusal(GET, URL, code, text, HIDDEN))

    return say


def kept_away(error: Exception) -> Say:
    """What urllib3 raises where no answer comes."""

    def say(_monkeypatch: pytest.MonkeyPatch, _folder: Path) -> str:
        return in_words(unanswered(GET, MaxRetryError(t.cast("t.Any", None), "/api/v1/namespaces/msp/pods", error)))

    return say


def caused(error: Exception, cause: Exception) -> Exception:
    """An error of urllib3 that it raised from another."""
    error.__cause__ = cause
    return error


def not_accepted(code: int, words: str) -> Say:
    """Python's ssl, of a certificate of the server."""
    error = ssl.SSLCertVerificationError(1, f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {words} (_ssl.c:1032)")
    error.verify_code, error.verify_message = code, words
    return kept_away(SSLError(error))


def alert(reason: str, words: str) -> Say:
    """Python's ssl, of what the other side said while the connection was made."""
    error = ssl.SSLError(1, f"[SSL: {reason}] {words} (_ssl.c:2580)")
    error.reason = reason
    return kept_away(SSLError(error))


def by_helm(said: str) -> Say:
    """helm to an upgrade, whose values and Secrets it repeats."""

    def say(_monkeypatch: pytest.MonkeyPatch, _folder: Path) -> str:
        def command(_arguments: list[str], _stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
            assert seconds is None
            return 1, "", f"WARNING: Kubernetes configuration file is group-readable. This is insecure. Location: /x\n{said}\n"

        helm = Helm(
            "helm",
            command=command,
            kubeconfig="/x",
            context=None,
            namespace="msp",
            hidden=lambda: job_log.forms([ENCODED.encode()]),
        )
        with pytest.raises(ActionFailed) as raised:
            helm.upgrade("alga-core", "/charts/sebastian", {"redis": {"password": CANARY}}, dry_run=True)
        return raised.value.message

    return say


def by_knex(log: str) -> Say:
    """The bootstrap Job's log, without the values that the application's knexfile prints."""

    def say(monkeypatch: pytest.MonkeyPatch, _folder: Path) -> str:
        lines = job_log.redact(f"Using DB_PASSWORD_ADMIN environment variable: {CANARY}\n{log}\nnpx ended with 1", HIDDEN)
        monkeypatch.setattr(jobs, "await_end", lambda *_where, **_how: (JobState.FAILED, lines.splitlines()))
        with pytest.raises(ActionFailed) as raised:
            jobs.watch(
                t.cast("t.Any", None),
                "msp",
                progress_timeout=1,
                progress=lambda: None,
                waits=lambda: "",
                tell=lambda _sentence: None,
            )
        return raised.value.message

    return say


def by_age(said: str) -> Say:
    """age or ansible-vault, asked for the escrow."""

    def say(_monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
        def command(_arguments: list[str], _stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
            assert seconds is None
            return 1, "", said

        with pytest.raises(ActionFailed) as raised:
            Escrow(command, folder / "escrow", recipients=("age1x",)).write("{}")
        return raised.value.message

    return say


def by_talosctl(said: str) -> Say:
    """talosctl of any version, whose words nobody but the operator can do something about."""

    def command(_arguments: list[str], _stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
        assert seconds is not None
        return 1, "", said

    def say(_monkeypatch: pytest.MonkeyPatch, _folder: Path) -> str:
        talosctl = Talosctl("talosctl", command, "192.0.2.10", Path("/nowhere"))
        case = UseCase("alga_talos_state", Nothing, lambda _options, _run: {"said": talosctl.call("bootstrap")})
        with pytest.raises(ApplianceError) as raised:
            case.answer({}, Run(check_mode=False, diff=False, command=command))
        return raised.value.message

    return say


def by_plugin(said: str, code: int = 1) -> Say:
    """A login plugin of a kubeconfig, which repeats what it was given."""

    def say(_monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
        script = folder / "login"
        script.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\nexit {code}\n")
        script.chmod(0o700)
        plugin = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": str(script),
            "args": [f"--oidc-client-secret={CANARY}", "--password", CANARY],
            "env": [{"name": "AWS_SECRET_ACCESS_KEY", "value": CANARY}],
        }
        named = {
            "clusters": [{"name": "c", "cluster": {"server": "https://10.0.0.7:6443"}}],
            "users": [{"name": "u", "user": {"exec": plugin}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        file = folder / "kubeconfig"
        file.write_text(yaml.safe_dump(named))
        with pytest.raises(ObservationFailed) as raised:
            kubeconfig.load(str(file), None)
        return in_words(raised.value)

    return say


def in_yaml(text: bytes) -> Say:
    """PyYAML, of a kubeconfig and of a file of values; the one says where as the other does."""

    def say(_monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
        file = folder / "file.yaml"
        file.write_bytes(text)
        with pytest.raises(ObservationFailed) as raised:
            kubeconfig.load(str(file), None)
        return " ".join([in_words(raised.value), *read_values([str(file)])[1]])

    return say


NOT_RBAC = "No permission is missing"
TERMINATING = "unable to create new content in namespace msp because it is being terminated"
MIGRATION = """migration file "20250712_add_column.cjs" failed
migration failed with error: {said}
error: {said}
    at Parser.parseErrorMessage (/app/node_modules/pg-protocol/dist/parser.js:285:98)"""
LONG = 'the statement with "settings": ' + ", ".join(f"({number}, 'x')" for number in range(400))
REFUSED = ConnectionRefusedError(111, "Connection refused")
UNKNOWN_NAME = socket.gaierror(-2, "Name or service not known")
PAGE = "<!DOCTYPE html><html><head><style>body {{ color: red }}</style><title>{title}</title></head><body>{body}</body></html>"

# What is said, what of it has to be in the sentence, and what the operator is told to do.
WORDS: dict[str, tuple[Say, tuple[str, ...], str]] = {
    # PostgreSQL, by its fields.
    "pg collation": (
        change(
            "XX000",
            'template database "template1" has a collation version mismatch',
            "The template database was created using collation version 2.36, but the operating system provides version 2.41.",
            "Rebuild all objects in the template database that use the default collation and run ALTER DATABASE template1 REFRESH "
            "COLLATION VERSION, or build PostgreSQL with the right library version.",
        ),
        ("collation version mismatch", "2.36", "REFRESH COLLATION VERSION"),
        "Fix the cause that PostgreSQL names",
    ),
    "pg disk full": (
        change("53100", 'could not extend file "base/16384/2601": No space left on device', hint="Check free disk space."),
        ("No space left on device", "53100"),
        "free space on the volume",
    ),
    "pg read only": (
        change("25006", "cannot execute CREATE TABLE in a read-only transaction"),
        ("read-only transaction",),
        "run status.yml",
    ),
    "pg privilege": (read("42501", "permission denied for table users"), ("permission denied for table users",), "the privilege"),
    "pg extension": (
        change(
            "0A000",
            'extension "vector" is not available',
            'Could not open extension control file "/usr/share/postgresql/17/extension/vector.control": No such file or directory.',
            "The extension must first be installed on the system where PostgreSQL is running.",
        ),
        ('extension "vector" is not available', "must first be installed"),
        "Fix the cause",
    ),
    "pg in use": (
        change(
            "55006", 'database "server_building" is being accessed by other users', "There is 1 other session using the database."
        ),
        ("being accessed by other users", "1 other session"),
        "Fix the cause",
    ),
    "pg too many": (log_in("53300", "sorry, too many clients already"), ("too many clients already",), "max_connections"),
    "pg reserved": (
        log_in("53300", "remaining connection slots are reserved for roles with the SUPERUSER attribute"),
        ("remaining connection slots",),
        "max_connections",
    ),
    "pg timeout": (read("57014", "canceling statement due to statement timeout"), ("statement timeout",), "pg_stat_activity"),
    "pg password": (
        log_in("28P01", 'password authentication failed for user "postgres"'),
        ("password authentication failed",),
        "do not create a new one",
    ),
    "pg no entry": (
        log_in("28000", 'no pg_hba.conf entry for host "10.42.0.9", user "postgres", database "postgres", no encryption'),
        ("no pg_hba.conf entry", "10.42.0.9"),
        "correct pg_hba.conf",
    ),
    "pg no login": (
        log_in("28000", 'role "app_user" is not permitted to log in'),
        ("not permitted to log in",),
        "ALTER ROLE ... LOGIN",
    ),
    "pg starting": (log_in("57P03", "the database system is starting up"), ("is starting up",), "Wait until PostgreSQL"),
    "pg recovery": (
        log_in(
            "57P03", "the database system is not yet accepting connections", "Consistent recovery state has not been yet reached."
        ),
        ("not yet accepting connections",),
        "Wait until PostgreSQL",
    ),
    "pg damaged": (
        read("XX001", "invalid page in block 7 of relation base/16384/1259"),
        ("invalid page in block 7",),
        "copy the volume",
    ),
    "pg input/output": (
        read("58030", 'could not read block 7 in file "base/16384/1259": Input/output error'),
        ("Input/output error",),
        "copy the volume",
    ),
    "pg memory": (read("53200", "out of memory", "Failed on request of size 1048576."), ("out of memory",), "more memory"),
    "pg shared memory": (
        read("53200", "out of shared memory", hint='You might need to increase "max_locks_per_transaction".'),
        ("max_locks_per_transaction",),
        "run the same playbook again",
    ),
    "pg deadlock": (
        change("40P01", "deadlock detected", "Process 71 waits for ShareLock on transaction 830; blocked by process 92."),
        ("deadlock detected", "blocked by process 92"),
        "run the same playbook again",
    ),
    "pg secret": (
        change("42601", f'unterminated quoted string at or near "\'{CANARY}"', secret=True),
        ("42601", "make database 'server_building'"),
        "Appendix A",
    ),
    "pg row": (
        change(
            "23502",
            'null value in column "name" of relation "x" violates not-null constraint',
            f"Failing row contains (1, {CANARY}).",
        ),
        ('null value in column "name"',),
        "Fix the cause",
    ),
    "pg other language": (
        read("42P01", "Relation »public.tenants« existiert nicht"),
        ("Relation »public.tenants« existiert nicht",),
        "run the same playbook again",
    ),
    "pg refused": (
        log_in("", "", lost=met(ConnectionRefusedError(111, "Connection refused"))),
        ("Connection refused",),
        "Check the log of the PostgreSQL pod",
    ),
    "pg unknown host": (
        log_in("", "", lost=met(socket.gaierror(-2, "Name or service not known"))),
        ("Name or service not known",),
        "Check the log of the PostgreSQL pod",
    ),
    # Kubernetes. A 403 is a missing permission only where it says so.
    "k8s rbac": (
        answered(
            403,
            "Forbidden",
            'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "msp"',
            kind="pods",
        ),
        ('User "jane" cannot list resource "pods"',),
        "Grant the kubeconfig's user the permission",
    ),
    "k8s rbac no role": (
        answered(
            403,
            "Forbidden",
            'leases.coordination.k8s.io "alga-appliance" is forbidden: User "system:serviceaccount:msp:runner" cannot get resource '
            '"leases" in API group "coordination.k8s.io" in the namespace "msp": RBAC: role.rbac.authorization.k8s.io "alga" not found',
        ),
        ('role.rbac.authorization.k8s.io "alga" not found',),
        "Grant the kubeconfig's user the permission",
    ),
    "k8s anonymous": (
        answered(
            403,
            "Forbidden",
            'namespaces "msp" is forbidden: User "system:anonymous" cannot get resource "namespaces" in API group ""',
        ),
        ("system:anonymous",),
        "correct the user in the kubeconfig",
    ),
    "k8s quota": (
        answered(
            403,
            "Forbidden",
            'pods "alga-appliance-bootstrap-x7" is forbidden: exceeded quota: compute, requested: limits.cpu=2, used: limits.cpu=3, '
            "limited: limits.cpu=4",
            name="alga-appliance-bootstrap-x7",
            kind="pods",
        ),
        ("exceeded quota: compute", "limited: limits.cpu=4"),
        NOT_RBAC,
    ),
    "k8s quota wants limits": (
        answered(
            403,
            "Forbidden",
            'pods "db-0" is forbidden: failed quota: compute: must specify limits.cpu for: db; limits.memory for: db',
        ),
        ("must specify limits.cpu for: db",),
        NOT_RBAC,
    ),
    "k8s limit range": (
        answered(403, "Forbidden", 'pods "db-0" is forbidden: maximum cpu usage per Container is 1, but limit is 2'),
        ("maximum cpu usage per Container is 1",),
        NOT_RBAC,
    ),
    "k8s limit range of claims": (
        answered(
            403,
            "Forbidden",
            'persistentvolumeclaims "alga-core-sebastian-postgres-data" is forbidden: maximum storage usage per PersistentVolumeClaim '
            "is 10Gi, but request is 50Gi",
        ),
        ("but request is 50Gi",),
        NOT_RBAC,
    ),
    "k8s pod security": (
        answered(
            403,
            "Forbidden",
            'pods "alga-appliance-look-abc" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false '
            '(container "look" must set securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true',
        ),
        ('violates PodSecurity "restricted:latest"', "runAsNonRoot != true"),
        "Label the namespace",
    ),
    "k8s terminating": (
        answered(
            403,
            "Forbidden",
            f'secrets "db-credentials" is forbidden: {TERMINATING}',
            name="db-credentials",
            kind="secrets",
            causes=[
                {"reason": "NamespaceTerminating", "message": "namespace msp is being terminated", "field": "metadata.namespace"}
            ],
        ),
        (TERMINATING,),
        "Wait until the namespace is deleted",
    ),
    "k8s service account": (
        answered(
            403,
            "Forbidden",
            'pods "x" is forbidden: error looking up service account msp/runner: serviceaccount "runner" not found',
        ),
        ('serviceaccount "runner" not found',),
        "Create the ServiceAccount",
    ),
    "k8s webhook says no": (
        answered(
            403, "Forbidden", 'admission webhook "validate.kyverno.svc-fail" denied the request: image tag latest is not allowed'
        ),
        ("image tag latest is not allowed",),
        NOT_RBAC,
    ),
    "k8s policy says no": (
        answered(
            403,
            "Forbidden",
            "deployments.apps \"x\" is forbidden: ValidatingAdmissionPolicy 'no-host-network' with binding 'all' denied request: "
            "hostNetwork is not allowed",
        ),
        ("hostNetwork is not allowed",),
        NOT_RBAC,
    ),
    "k8s escalation": (
        answered(
            403,
            "Forbidden",
            'roles.rbac.authorization.k8s.io "x" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC '
            'permissions not currently held: {APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
        ),
        ("permissions not currently held",),
        "Grant the kubeconfig's user the permission",
    ),
    "k8s something new": (
        answered(403, "Forbidden", 'pods "x" is forbidden: the moon is full'),
        ("the moon is full",),
        "Fix what the API server names",
    ),
    "k8s unauthorized": (answered(401, "Unauthorized", "Unauthorized"), ("Unauthorized",), "Renew the credentials"),
    "k8s invalid": (
        answered(
            422,
            "Invalid",
            f'Secret "db-credentials" is invalid: data[A]: Invalid value: "{CANARY}": field is immutable when `immutable` is set',
        ),
        ("field is immutable",),
        "Correct what the API server names",
    ),
    "k8s invalid, encoded": (
        answered(400, "BadRequest", f'Secret in version "v1" cannot be handled as a Secret: unable to parse "{ENCODED}"'),
        ("cannot be handled as a Secret",),
        "Correct what the API server names",
    ),
    "k8s too large": (
        answered(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728"),
        ("limit is 3145728",),
        "Correct what the API server names",
    ),
    "k8s busy": (
        answered(429, "TooManyRequests", "The server has received too many requests and has asked us to try again later"),
        ("too many requests",),
        "The API server is overloaded",
    ),
    "k8s webhook down": (
        answered(
            500,
            "InternalError",
            'Internal error occurred: failed calling webhook "mutate.linkerd.io": failed to call webhook: Post '
            '"https://linkerd-proxy-injector.linkerd.svc:443/?timeout=10s": no endpoints available for service "linkerd-proxy-injector"',
        ),
        ("no endpoints available for service",),
        "restore its Service",
    ),
    "k8s etcd full": (answered(500, "", "etcdserver: mvcc: database space exceeded"), ("database space exceeded",), "defragment"),
    "k8s etcd slow": (answered(500, "", "etcdserver: request timed out"), ("request timed out",), "The cluster's etcd"),
    "k8s starting": (
        answered(503, "ServiceUnavailable", "apiserver not ready"),
        ("apiserver not ready",),
        "the Kubernetes API server",
    ),
    "k8s exists": (
        answered(409, "AlreadyExists", 'secrets "db-credentials" already exists'),
        ("already exists",),
        "run the same playbook again",
    ),
    # TLS, as Python's ssl and urllib3 raise it.
    "tls expired": (
        not_accepted(10, "certificate has expired"),
        ("certificate has expired",),
        "Renew the API server's certificate",
    ),
    "tls not yet": (not_accepted(9, "certificate is not yet valid"), ("not yet valid",), "check the clocks of both sides"),
    "tls unknown": (
        not_accepted(20, "unable to get local issuer certificate"),
        ("unable to get local issuer certificate",),
        "certificate-authority-data",
    ),
    "tls other name": (
        not_accepted(62, "Hostname mismatch, certificate is not valid for 'appliance.example'."),
        ("not valid for 'appliance.example'",),
        "tls-server-name",
    ),
    "tls other address": (
        not_accepted(64, "IP address mismatch, certificate is not valid for '10.0.0.7'."),
        ("not valid for '10.0.0.7'",),
        "tls-server-name",
    ),
    "tls client's own": (
        alert("SSLV3_ALERT_CERTIFICATE_EXPIRED", "sslv3 alert certificate expired"),
        ("ALERT_CERTIFICATE_EXPIRED",),
        "Renew the client certificate",
    ),
    "tls none": (alert("WRONG_VERSION_NUMBER", "wrong version number"), ("WRONG_VERSION_NUMBER",), "does not speak TLS"),
    # The way to the API server.
    "way refused": (
        kept_away(caused(NewConnectionError(t.cast("t.Any", None), "Failed to establish a new connection"), REFUSED)),
        ("got no answer (Connection refused)",),
        "Restore access to the Kubernetes API server",
    ),
    "way no name": (
        kept_away(caused(NameResolutionError("api.example", t.cast("t.Any", None), UNKNOWN_NAME), UNKNOWN_NAME)),
        ("Name or service not known",),
        "the name resolution",
    ),
    "way closed": (
        kept_away(
            ProtocolError("Connection aborted.", http.client.RemoteDisconnected("Remote end closed connection without response"))
        ),
        ("Remote end closed connection without response",),
        "Restore access to the Kubernetes API server",
    ),
    "way reset": (
        kept_away(ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))),
        ("Connection reset by peer",),
        "Restore access to the Kubernetes API server",
    ),
    "proxy wants a login": (
        kept_away(
            ProxyError("Unable to connect to proxy", OSError("Tunnel connection failed: 407 Proxy Authentication Required"))
        ),
        ("407 Proxy Authentication Required",),
        "Fix the proxy that HTTPS_PROXY names",
    ),
    "proxy says no": (
        kept_away(ProxyError("Unable to connect to proxy", OSError("Tunnel connection failed: 403 Forbidden"))),
        ("a proxy intervened", "403 Forbidden"),
        "NO_PROXY",
    ),
    "proxy's page": (
        plainly(
            403, PAGE.format(title="ERROR: The requested URL could not be retrieved", body=f"Authorization: Bearer {CANARY}")
        ),
        ("by something other than an API server", "The requested URL could not be retrieved"),
        "fix the proxy",
    ),
    "gateway's page": (plainly(502, PAGE.format(title="502 Bad Gateway", body="nginx")), ("502 Bad Gateway",), "fix the proxy"),
    "login page": (
        plainly(407, f"Access denied for token {CANARY}"),
        ("by something other than an API server", "Access denied for token (hidden)"),
        "fix the proxy",
    ),
    # helm.
    "helm no cluster": (
        by_helm(
            'Error: Kubernetes cluster unreachable: Get "https://10.0.0.7:6443/version": dial tcp 10.0.0.7:6443: connect: no route to host'
        ),
        ("no route to host",),
        "run the playbook again",
    ),
    "helm takes no value": (
        by_helm(
            'Error: UPGRADE FAILED: cannot patch "alga-core-sebastian" with kind Deployment: Deployment.apps "alga-core-sebastian" is '
            f'invalid: spec.template.spec.containers[0].env[7].value: Invalid value: "{CANARY}": must be a string'
        ),
        ("env[7].value", "must be a string"),
        "Fix the cause",
    ),
    "helm another's": (
        by_helm(
            'Error: UPGRADE FAILED: Unable to continue with update: Secret "redis-credentials" in namespace "msp" exists and cannot be '
            'imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/'
            'managed-by": must be set to "Helm"'
        ),
        ("redis-credentials", "invalid ownership metadata"),
        "Fix the cause",
    ),
    "helm template": (
        by_helm(
            "Error: UPGRADE FAILED: execution error at (sebastian/templates/postgres/secrets.yaml:12:4): Refusing to generate "
            "db-credentials because PVC msp/alga-core-sebastian-postgres-data already exists"
        ),
        ("secrets.yaml:12:4", "Refusing to generate db-credentials"),
        "Fix the cause",
    ),
    "helm a rendered Secret": (
        by_helm(
            f'Error: INSTALLATION FAILED: unable to parse YAML: error converting YAML to JSON near "{ENCODED}": line 7: bad indentation'
        ),
        ("line 7: bad indentation",),
        "Fix the cause",
    ),
    "helm long": (
        by_helm(f"Error: UPGRADE FAILED: {'cannot patch and so on; ' * 100}timed out waiting for the condition"),
        ("Error: UPGRADE FAILED", "timed out waiting for the condition"),
        "Fix the cause",
    ),
    # knex and what runs it, in the log of the Job.
    "knex column": (
        by_knex(
            MIGRATION.format(
                said='alter table "clients" add column "url" text - column "url" of relation "clients" already exists'
            )
        ),
        ("20250712_add_column.cjs", 'column "url" of relation "clients" already exists'),
        "Fix the cause",
    ),
    "knex long statement": (
        by_knex(MIGRATION.format(said=f'{LONG} - null value in column "tenant" violates not-null constraint')),
        ("20250712_add_column.cjs", "violates not-null constraint"),
        "Fix the cause",
    ),
    "knex lock": (
        by_knex(
            "Can't take lock to run migrations: Migration table is already locked\n"
            "If you are sure migrations are not running you can release the lock manually by running 'knex migrate:unlock'\n"
            "MigrationLocked: Migration table is already locked\n    at /app/node_modules/knex/lib/migrations/migrate/Migrator.js:329:17"
        ),
        ("Migration table is already locked",),
        "Fix the cause",
    ),
    "knex missing files": (
        by_knex(
            "The migration directory is corrupt, the following migration files are missing: 20260301_x.cjs\n"
            "Error: The migration directory is corrupt, the following migration files are missing: 20260301_x.cjs"
        ),
        ("files are missing: 20260301_x.cjs",),
        "Fix the cause",
    ),
    "knex pool": (
        by_knex(
            "KnexTimeoutError: Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?"
        ),
        ("Timeout acquiring a connection",),
        "Fix the cause",
    ),
    "knex no host": (
        by_knex("getaddrinfo ENOTFOUND db.msp.svc\nError: getaddrinfo ENOTFOUND db.msp.svc"),
        ("ENOTFOUND db.msp.svc",),
        "Fix the cause",
    ),
    "node memory": (
        by_knex("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"),
        ("heap out of memory",),
        "Fix the cause",
    ),
    # talosctl 1.12 to 1.14.
    "talos early": (
        by_talosctl("error executing bootstrap: rpc error: code = FailedPrecondition desc = time is not in sync yet"),
        ("time is not in sync yet",),
        "Wait until the machine has booted",
    ),
    "talos unreachable": (
        by_talosctl(
            'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 192.0.2.10:50000: '
            'connect: connection refused"'
        ),
        ("connection refused",),
        "port 50000",
    ),
    "talos another's": (
        by_talosctl(
            'rpc error: code = Unavailable desc = connection error: desc = "transport: authentication handshake failed: tls: failed to '
            'verify certificate: x509: certificate signed by unknown authority"'
        ),
        ("certificate signed by unknown authority",),
        "do not belong together",
    ),
    "talos client expired": (
        by_talosctl("rpc error: code = Unavailable desc = error reading from server: remote error: tls: expired certificate"),
        ("tls: expired certificate",),
        "check both clocks",
    ),
    "talos role": (
        by_talosctl("1 error occurred:\n\t* 192.0.2.10: rpc error: code = PermissionDenied desc = not authorized\n\n"),
        ("not authorized",),
        "os:admin",
    ),
    "talos method": (
        by_talosctl("rpc error: code = Unimplemented desc = API is not implemented in maintenance mode"),
        ("not implemented in maintenance mode",),
        "the same minor version",
    ),
    "talos configuration": (
        by_talosctl(
            "error applying new configuration: rpc error: code = InvalidArgument desc = configuration validation failed: 1 error "
            f"occurred:\n\t* install disk or diskSelector should be defined\n\nmachine:\n  token: {CANARY}\n"
        ),
        ("install disk or diskSelector should be defined",),
        "alga_talos_patches",
    ),
    "talos keys": (
        by_talosctl(f"error parsing config JSON patch: unknown keys found:\nmachine:\n    tokken: {CANARY}\n"),
        ("unknown keys found: machine.tokken",),
        "fix what is named here",
    ),
    # What reads YAML.
    "yaml indentation": (
        in_yaml(f"users:\n- name: u\n  user:\n    token: {ENCODED}: x\n".encode()),
        ("line 4, column", "mapping values are not allowed"),
        "Correct alga_kubeconfig",
    ),
    "yaml bytes": (in_yaml(b"users: \xff\n"), ("byte 8 is not UTF-8",), "alga_values_files names"),
    # What encrypts the escrow; age ends with where to report an error.
    "age recipient": (
        by_age(
            'age: error: malformed recipient "age1x": invalid bech32 string\nage: hint: is it a file?\n'
            "age: report unexpected or unhelpful errors at https://filippo.io/age/report\n"
        ),
        ("malformed recipient",),
        "Correct alga_escrow",
    ),
    # Login plugins.
    "plugin aws": (
        by_plugin(
            f"An error occurred (ExpiredToken) when calling the AssumeRole operation: The security token {CANARY} included in the request "
            "is expired",
            254,
        ),
        ("ExpiredToken", "is expired"),
        "Fix the login with",
    ),
    "plugin oidc": (
        by_plugin(f'error: get-token: authentication error: oauth2: "invalid_grant" with --oidc-client-secret={CANARY}'),
        ("invalid_grant",),
        "Fix the login with",
    ),
    "plugin azure": (
        by_plugin("AADSTS700082: The refresh token has expired due to inactivity."),
        ("AADSTS700082", "has expired due to inactivity"),
        "Fix the login with",
    ),
    "plugin gone": (
        by_plugin("sh: 1: exec: gke-gcloud-auth-plugin: not found", 127),
        ("gke-gcloud-auth-plugin: not found",),
        "Fix the login",
    ),
}


@pytest.mark.parametrize(("say", "cause", "action"), WORDS.values(), ids=WORDS)
def test_the_cause_is_in_the_sentence_and_no_secret_r15_r16_r17(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, say: Say, cause: tuple[str, ...], action: str
) -> None:
    sentence = say(monkeypatch, tmp_path)
    assert all(words in sentence for words in cause), sentence
    assert action in sentence, sentence
    assert not [form for form in (*HIDDEN, "canary") if form in sentence], sentence
    assert "\n" not in sentence and len(sentence) < 2000
    assert ".." not in sentence.replace("...", ""), sentence
    if action == NOT_RBAC:
        assert "Grant the kubeconfig's user" not in sentence


def test_the_table_has_words_of_everybody() -> None:
    assert len(WORDS) >= 50
    assert {name.partition(" ")[0] for name in WORDS} >= {"pg", "k8s", "tls", "proxy", "helm", "knex", "talos", "plugin"}


def test_without_the_values_of_secrets_nothing_of_helm_s_words_is_shown_f10(tmp_path: Path) -> None:
    def unread() -> tuple[str, ...]:
        raise ObservationFailed(f"{GET} got no answer.", reason=Reason.API_UNREACHABLE)

    def command(_arguments: list[str], _stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
        assert seconds is None
        return 1, "", f"Error: {CANARY}"

    helm = Helm("helm", command=command, kubeconfig=str(tmp_path), context=None, namespace="msp", hidden=unread)
    with pytest.raises(ActionFailed) as raised:
        helm.upgrade("alga-core", "/charts/sebastian", {}, dry_run=False)
    assert "helm upgrade --install alga-core" in raised.value.message and GET in raised.value.message
    assert CANARY not in raised.value.message
