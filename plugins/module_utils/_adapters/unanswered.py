# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What kept an answer away, in the words of TLS, of a proxy or of the system, and what to do about it (R16)."""

from __future__ import annotations

import socket
import ssl
import typing as t

_KUBECONFIG = "the kubeconfig that alga_kubeconfig names"
_CLIENT = f"Renew the client certificate in {_KUBECONFIG}."
# X.509's code for a name or an address that the certificate does not have (OpenSSL: X509_V_ERR_HOSTNAME_MISMATCH, ..._IP_...).
_OTHER_NAME = (62, 64)
# What the other side says of our certificate, or of speaking no TLS (OpenSSL: the names of its reasons).
_TLS: t.Mapping[str, str] = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": _CLIENT,
    "SSLV3_ALERT_BAD_CERTIFICATE": _CLIENT,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": _CLIENT,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": _CLIENT,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _CLIENT,
    "TLSV1_ALERT_UNKNOWN_CA": _CLIENT,
    "WRONG_VERSION_NUMBER": f"The server does not speak TLS: correct its address in {_KUBECONFIG}, or the proxy in HTTPS_PROXY.",
}


def causes(error: BaseException) -> t.Iterator[BaseException]:
    """An error and all that libraries wrapped in it: as cause, context, reason or argument."""
    known: list[BaseException] = []
    waiting: list[t.Any] = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and each not in known:
            known.append(each)
            yield each
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]


def why(error: BaseException) -> tuple[str, str]:
    """What TLS, a proxy or the system says, and what to do about it; a library calls some of it a timeout that is none.

    :returns: the second text is empty where nothing but the usual is to be done.
    """
    found = list(causes(error))
    for each in found:
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"its certificate was rejected: {each.verify_message}".rstrip("."), _about(each)
        if isinstance(each, ssl.SSLError) and each.reason:
            return f"TLS: {each.reason}", _TLS.get(each.reason, "")
        if isinstance(each, OSError) and _tunnel(each):
            return (
                f"a proxy intervened: {each}",
                "Fix the proxy that HTTPS_PROXY names, or the credentials in it, or add the API server to NO_PROXY.",
            )
        if isinstance(each, socket.gaierror):
            return str(each.strerror), f"Correct the server in {_KUBECONFIG}, or the name resolution of this host."
        if isinstance(each, OSError) and each.strerror:
            return each.strerror, ""
    if any(isinstance(each, TimeoutError) for each in found):
        return "no answer in time", ""
    # What the peer ended without a word has a class of its own and no number of the system's.
    last = next((each for each in reversed(found) if isinstance(each, OSError)), found[-1])
    return ": ".join(filter(None, (type(last).__name__, " ".join(str(last).split()).rstrip(".")))), ""


def _tunnel(error: OSError) -> bool:
    """Whether a proxy did not let a connection through (http.client: HTTPConnection._tunnel, which has no class for it)."""
    return not error.errno and str(error).startswith("Tunnel connection failed: ")


def _about(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in _OTHER_NAME:
        return (
            f"Name the server in {_KUBECONFIG} as its certificate does, set tls-server-name there, or add the name to the "
            "certificate."
        )
    return (
        f"Renew the API server's certificate, or correct certificate-authority-data in {_KUBECONFIG}; also check the "
        "clocks of both sides."
    )
