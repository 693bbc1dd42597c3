# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a Talos machine's API meets a caller, by codes of the TLS handshake.

talosctl tells all of this apart in English only: whatever goes wrong before its first answer is ``Unavailable``.
"""

from __future__ import annotations

import errno
import socket
import ssl

from ..._core.talos.talos import Door
from ..unanswered import why

PORT = 50000
_SECONDS = 5.0
# Whether a client certificate is wanted shows only after TLS 1.3's handshake, and gRPC answers only to this (RFC 9113, 3.4).
_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_WANTS_CERTIFICATE = ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_BAD_CERTIFICATE", "TLSV1_ALERT_UNKNOWN_CA")


def address(node: str) -> tuple[str, int]:
    """The host and the port of ``HOST`` or ``HOST:PORT``; an IPv6 address with a port stands in brackets."""
    host, colon, port = node.rpartition(":")
    if colon and port.isdecimal() and (host.startswith("[") or ":" not in host):
        return host.strip("[]"), int(port)
    return node.strip("[]"), PORT


def look(node: str, authority: str) -> tuple[Door, str]:
    """Look at the door of a machine.

    :param node: its address, with or without a port.
    :param authority: the certificate, as PEM, of the authority in our secrets; empty where there are none.
    :returns: the door, and what the system said where it is closed or strange.
    """
    try:
        if authority and issued_by(node, authority):
            return Door.OURS, ""
        return (Door.OTHER if _wants_certificate(node) else Door.OPEN), ""
    except ssl.SSLError as error:
        return Door.STRANGE, error.reason or "TLS failed"
    except OSError as error:
        return Door.CLOSED, "no answer in time" if isinstance(error, TimeoutError) else why(error)[0]


def issued_by(node: str, authority: str) -> bool:
    """Whether a server's certificate is of an authority.

    :param authority: its certificate, as PEM.
    :raises OSError: when the server does not answer, or not with TLS.
    """
    context = ssl.create_default_context(cadata=authority)
    # Talos's certificates are for addresses that may lie behind a forwarded port; talosctl checks the name.
    context.check_hostname = False
    # The machine's own authority has no key usages that OpenSSL's strict mode asks for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        _connect(node, context).close()
    except ssl.SSLCertVerificationError:
        return False
    return True


def _wants_certificate(node: str) -> bool:
    """Whether the machine asks for a client certificate, which in maintenance mode it does not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with _connect(node, context) as connection:
        connection.sendall(_HELLO)
        try:
            answered = connection.recv(1)
        except ssl.SSLError as error:
            if error.reason in _WANTS_CERTIFICATE:
                return True
            raise
    if not answered:
        raise ConnectionResetError(errno.ECONNRESET, "the connection was closed")
    return False


def _connect(node: str, context: ssl.SSLContext) -> ssl.SSLSocket:
    context.set_alpn_protocols(["h2"])
    host, port = address(node)
    plain = socket.create_connection((host, port), timeout=_SECONDS)
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise
