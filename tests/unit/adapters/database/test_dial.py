# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS to a server that is named by its address: what is accepted, and why something is not."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import dial as dialling
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.dial import dial
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import failed
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, Reason, SslMode
from ansible_collections.alga.appliance.tests.unit.authority import DAY, Authority, authority

SSL_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"
ADDRESS = "127.0.0.1"
VERIFYING = (SslMode.VERIFY_CA, SslMode.VERIFY_FULL)
ENCRYPTING = (SslMode.PREFER, SslMode.REQUIRE)
SERVES, ELSEWHERE = "serves", "elsewhere"


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Authority]:
    """The one that issued every server's certificate, and another one."""
    folder = tmp_path_factory.mktemp("authorities")
    return {name: authority(folder, name) for name in (SERVES, ELSEWHERE)}


@contextlib.contextmanager
def server(answer: bytes, file: Path | None = None) -> t.Iterator[int]:
    """What answers a request for TLS, and greets whoever gets through; returns its port."""

    def serve() -> None:
        connection, _address = listening.accept()
        with connection:
            if file is None and not answer:
                connection.sendall(b"hello")
                return
            assert connection.recv(len(SSL_REQUEST)) == SSL_REQUEST
            connection.sendall(answer)
            if file is None:
                connection.sendall(b"hello")
                return
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(file)
            # Whoever rejects the certificate ends the connection.
            with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
                secured.sendall(b"hello")

    with socket.create_server((ADDRESS, 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join()


def connected(port: int, mode: SslMode, trusted: Path | None = None) -> tuple[bytes, bool]:
    """What the server greets with, and whether that was encrypted."""
    with dial("db", ADDRESS, port, mode, str(trusted) if trusted else None, seconds=5) as sock:
        return sock.recv(5), isinstance(sock, ssl.SSLSocket)


def refused(port: int, mode: SslMode, trusted: Path | None = None) -> ObservationFailed:
    with pytest.raises(ObservationFailed) as caught:
        connected(port, mode, trusted)
    assert caught.value.message.startswith("Could not connect to db: ")
    return caught.value


@pytest.mark.parametrize("mode", VERIFYING)
def test_a_certificate_from_a_trusted_authority_is_accepted(authorities: dict[str, Authority], mode: SslMode) -> None:
    own = authorities[SERVES]
    with server(b"S", own.issue(ADDRESS)) as port:
        assert connected(port, mode, own.file) == (b"hello", True)


@pytest.mark.parametrize("mode", ENCRYPTING)
def test_without_verification_any_certificate_will_do(authorities: dict[str, Authority], mode: SslMode) -> None:
    with server(b"S", authorities[SERVES].issue("192.0.2.1", -DAY)) as port:
        assert connected(port, mode) == (b"hello", True)


@pytest.mark.parametrize(
    ("modes", "trusted", "issued", "told"),
    [
        (VERIFYING, ELSEWHERE, (ADDRESS, DAY), ("unable to get local issuer certificate", "Set ca_cert")),
        (VERIFYING, None, (ADDRESS, DAY), ("unable to get local issuer certificate", "Set ca_cert")),
        (VERIFYING, SERVES, (ADDRESS, -DAY), ("certificate has expired", "Renew the server's certificate")),
        ((SslMode.VERIFY_FULL,), SERVES, ("192.0.2.1", DAY), ("IP address mismatch", "Set login_host")),
    ],
    ids=["another authority", "the system's authorities", "expired", "another name"],
)
def test_a_certificate_is_rejected_in_a_sentence_with_the_cause(
    authorities: dict[str, Authority],
    modes: tuple[SslMode, ...],
    trusted: str | None,
    issued: tuple[str, datetime.timedelta],
    told: tuple[str, str],
) -> None:
    for mode in modes:
        with server(b"S", authorities[SERVES].issue(*issued)) as port:
            error = refused(port, mode, authorities[trusted].file if trusted else None)
        assert f"its certificate was rejected: {told[0]}" in error.message
        assert error.reason is Reason.TLS_FAILED and error.next_action.startswith(told[1])
        assert failed(error).state is DatabaseState.UNKNOWN, "something answered, and may have data"


def test_only_verify_full_compares_the_name(authorities: dict[str, Authority]) -> None:
    own = authorities[SERVES]
    with server(b"S", own.issue("192.0.2.1")) as port:
        assert connected(port, SslMode.VERIFY_CA, own.file) == (b"hello", True)


@pytest.mark.parametrize("mode", [SslMode.REQUIRE, *VERIFYING])
def test_a_server_without_tls_is_refused_where_tls_is_required(mode: SslMode) -> None:
    with server(b"N") as port:
        error = refused(port, mode)
    assert error.message.endswith(f"the server does not offer TLS, which ssl_mode {mode.value} requires.")
    assert (error.reason, "ssl_mode to disable" in error.next_action) == (Reason.TLS_FAILED, True)


def test_a_server_without_tls_will_do_where_tls_is_only_preferred() -> None:
    with server(b"N") as port:
        assert connected(port, SslMode.PREFER) == (b"hello", False)


def test_nothing_is_asked_for_where_tls_is_disabled() -> None:
    with server(b"") as port:
        assert connected(port, SslMode.DISABLE) == (b"hello", False)


def test_a_server_that_speaks_no_tls_after_all_is_named() -> None:
    with server(b"S" + b"no TLS at all") as port:
        error = refused(port, SslMode.REQUIRE)
    assert error.reason is Reason.TLS_FAILED and "TLS: " in error.message


def test_what_answers_and_is_no_postgresql_is_named() -> None:
    with server(b"E") as port:
        error = refused(port, SslMode.VERIFY_FULL)
    assert error.reason is Reason.CONNECTION_FAILED and "nothing answered as PostgreSQL does" in error.message


def test_a_server_that_accepts_and_does_not_answer_hangs_r35() -> None:
    with socket.create_server((ADDRESS, 0)) as silent, pytest.raises(ObservationFailed) as caught:
        dial("db", ADDRESS, silent.getsockname()[1], SslMode.VERIFY_FULL, None, seconds=0.05)
    assert caught.value.reason is Reason.HANGING


def test_where_nobody_listens_the_systems_word_is_quoted() -> None:
    with socket.create_server((ADDRESS, 0)) as closed:
        port = closed.getsockname()[1]
    error = refused(port, SslMode.VERIFY_FULL)
    assert (error.reason, error.message) == (
        Reason.CONNECTION_FAILED,
        "Could not connect to db: nothing answered (Connection refused).",
    )


@pytest.mark.parametrize("host", ["db..example.com", "d" * 64 + ".example.com"])
def test_what_is_no_host_name_is_said(host: str) -> None:
    with pytest.raises(ObservationFailed, match="is not a host name") as caught:
        dial("db", host, 5432, SslMode.VERIFY_FULL, None, seconds=1)
    assert caught.value.reason is Reason.CONNECTION_FAILED


@pytest.mark.parametrize(
    ("host", "named"), [("fe80::1%eth0", "fe80::1"), ("fd00::1", "fd00::1"), ("db.example.org", "db.example.org")]
)
def test_the_zone_of_an_address_is_in_no_certificate(monkeypatch: pytest.MonkeyPatch, host: str, named: str) -> None:
    asked: list[str] = []

    class Context:
        def wrap_socket(self, sock: socket.socket, *, server_hostname: str) -> socket.socket:
            asked.append(server_hostname)
            return sock

    connect = socket.create_connection
    with server(b"S") as port:
        monkeypatch.setattr(socket, "create_connection", lambda _address, seconds: connect((ADDRESS, port), seconds))
        monkeypatch.setattr(dialling, "trusted", lambda *_how: Context())
        dial("db", host, port, SslMode.VERIFY_FULL, None, seconds=5).close()
    assert asked == [named]
