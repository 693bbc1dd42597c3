# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connected sockets to a PostgreSQL that is named by its address, with TLS as it was asked for.

TLS is agreed on here and not by the driver, which has one class of error for a server without TLS and for everything else.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import typing as t

from ..._core.errors import ObservationFailed
from ..._core.states import Reason, SslMode
from ..unanswered import why

# PostgreSQL documentation, "Message Formats" (SSLRequest) and "SSL Session Encryption": S and N are all that it answers.
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_WITH_TLS, _WITHOUT_TLS = b"S", b"N"
# X.509's codes (OpenSSL: X509_V_ERR_CERT_NOT_YET_VALID, _CERT_HAS_EXPIRED, _HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH).
_OF_TIME, _OF_A_NAME = (9, 10), (62, 64)

_UNENCRYPTED = "Enable TLS on the server or, if the connection is protected in another way, set ssl_mode to disable."


def trusted(mode: SslMode, ca_cert: str | None) -> ssl.SSLContext:
    """What a server's certificate is checked against.

    :param ca_cert: file of the authorities to trust; the system's where there is none.
    :raises OSError: when the file cannot be read, or holds no certificate.
    """
    context = ssl.create_default_context(cafile=ca_cert)
    # Newer Pythons add checks that libpq does not have, and that certificates made as PostgreSQL's documentation says fail.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.check_hostname = mode is SslMode.VERIFY_FULL
    if mode not in (SslMode.VERIFY_CA, SslMode.VERIFY_FULL):
        context.verify_mode = ssl.CERT_NONE
    return context


def dial(where: str, host: str, port: int, mode: SslMode, ca_cert: str | None, *, seconds: float) -> socket.socket:
    """Connect to a server, and agree on TLS.

    :param where: the server as a person would name it.
    :param seconds: time to connect, and for each answer.
    :raises ObservationFailed: when nothing answers, or not as it was asked for.
    """
    tried = f"Could not connect to {where}"
    with contextlib.ExitStack() as stack:
        try:
            sock = stack.enter_context(socket.create_connection((host, port), seconds))
        except OSError as error:
            raise _nobody(tried, error) from None
        except UnicodeError:
            raise ObservationFailed(
                f"{tried}: {host!r} is not a host name, because one of its labels is empty or longer than 63 characters.",
                reason=Reason.CONNECTION_FAILED,
            ) from None
        if mode is not SslMode.DISABLE:
            try:
                sock = stack.enter_context(_secured(tried, sock, host, mode, ca_cert))
            except ssl.SSLError as error:
                raise _rejected(tried, error) from None
            except TimeoutError:
                raise ObservationFailed(
                    f"{tried}: it accepts connections but did not answer for {seconds:g} seconds, so it hangs.",
                    reason=Reason.HANGING,
                ) from None
            except OSError as error:
                raise _nobody(tried, error) from None
        stack.pop_all()
    return sock


def _secured(tried: str, sock: socket.socket, host: str, mode: SslMode, ca_cert: str | None) -> socket.socket:
    """The socket with TLS, or as it is where the server has none and that is good enough."""
    sock.sendall(_SSL_REQUEST)
    answer = sock.recv(len(_WITH_TLS))
    if answer == _WITH_TLS:
        # The zone of a link-local address is this host's own name for a way out, and in no certificate (RFC 4007).
        return trusted(mode, ca_cert).wrap_socket(sock, server_hostname=host.partition("%")[0] if ":" in host else host)
    if answer != _WITHOUT_TLS:
        raise ObservationFailed(
            f"{tried}: nothing answered as PostgreSQL does when asked for TLS.", reason=Reason.CONNECTION_FAILED
        )
    if mode is SslMode.PREFER:
        return sock
    raise ObservationFailed(
        f"{tried}: the server does not offer TLS, which ssl_mode {mode.value} requires.",
        reason=Reason.TLS_FAILED,
        next_action=_UNENCRYPTED,
    )


def _nobody(tried: str, error: OSError) -> ObservationFailed:
    return ObservationFailed(f"{tried}: nothing answered ({why(error)[0]}).", reason=Reason.CONNECTION_FAILED)


def _rejected(tried: str, error: ssl.SSLError) -> ObservationFailed:
    return ObservationFailed(f"{tried}: {why(error)[0]}.", reason=Reason.TLS_FAILED, next_action=_about(error))


def _about(error: ssl.SSLError) -> str:
    """What to do about a certificate; empty where it is not the certificate."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return ""
    code: t.Any = error.verify_code
    if code in _OF_TIME:
        return "Renew the server's certificate, and check the clocks of both sides."
    if code in _OF_A_NAME:
        return "Set login_host to a name that the server's certificate has, or add the name to the certificate."
    return "Set ca_cert to the certificate of the authority that issued the server's certificate."
