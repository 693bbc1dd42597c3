# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer of the API server means, and what kept one away: in its own words, or in those of TLS and of the system."""

from __future__ import annotations

import json
import ssl
import typing as t

from .._core.errors import ObservationFailed
from .._core.states import Reason

_REASONS = {
    401: Reason.API_UNAUTHORIZED,
    403: Reason.API_FORBIDDEN,
    404: Reason.API_NOT_FOUND,
    409: Reason.API_CONFLICT,
}
# Characters of an answer that is no Status object, such as a proxy's page.
_BEGINNING = 200
TOO_MANY = 429
# So often and so long, in seconds, a request that the server has no room for is sent again.
WAITS, _LONGEST_WAIT = 5, 10.0


class Conflict(ObservationFailed):
    """The object exists already or was changed by somebody else in between (HTTP 409)."""


class NotFound(ObservationFailed):
    """The API server itself says that the object, or the namespace that it would be in, does not exist."""


def status_object(body: str | bytes | None) -> dict[str, t.Any]:
    """The Status object that an answer is (Kubernetes API conventions, "Response Status Kind"); empty where it is none."""
    try:
        found = json.loads(body or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) and found.get("kind") == "Status" else {}


def message(body: str | bytes | None) -> str:
    """What an answer says: the sentence of a Status object, else how its text begins."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body or ""
    said = status_object(text).get("message") or " ".join(text.split())[:_BEGINNING]
    return str(said).rstrip(".") or "no message"


def refusal(tried: str, status: int, text: str) -> ObservationFailed:
    """What an answer with the code of a failure is; only the API server's own NotFound is a :class:`NotFound`."""
    said = status_object(text)
    if status == 404 and said.get("reason") != "NotFound":
        return by_somebody_else(tried, status, text)
    kind = {404: NotFound, 409: Conflict}.get(status, ObservationFailed)
    return kind(
        f"{tried} failed with status {status}: {message(text)}.",
        reason=_REASONS.get(status, Reason.API_ERROR),
        evidence={"status": status},
    )


def asked_seconds(header: str | None) -> float:
    """How long the server asks to be left alone (RFC 9110, Retry-After in seconds); what is too long is asked again sooner."""
    return min(float(header), _LONGEST_WAIT) if header and header.isdecimal() else 1.0


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


def unanswered(tried: str, error: BaseException) -> ObservationFailed:
    """What kept an answer away, in the words of TLS or of the system."""
    found = list(causes(error))
    for each in found:
        if isinstance(each, ssl.SSLCertVerificationError):
            return ObservationFailed(
                f"{tried} failed: the server's certificate was rejected ({each.verify_message}). The state of the appliance "
                "is unknown.",
                reason=Reason.API_UNREACHABLE,
                next_action="Renew the API server's certificate, or correct certificate-authority-data in the kubeconfig that "
                "alga_kubeconfig names. Also check the clocks on both sides.",
            )
    return ObservationFailed(
        f"{tried} got no answer ({_why(found)}). The state of the appliance is unknown.", reason=Reason.API_UNREACHABLE
    )


def _why(found: t.Sequence[BaseException]) -> str:
    """What TLS or the system says; a library calls some of it a timeout that is none."""
    for each in found:
        if isinstance(each, ssl.SSLError) and each.reason:
            return f"TLS: {each.reason}"
        if isinstance(each, OSError) and each.strerror:
            return each.strerror
    if any(isinstance(each, TimeoutError) for each in found):
        return "no answer in time"
    return type(found[0]).__name__


def by_somebody_else(tried: str, status: int, text: str | None) -> ObservationFailed:
    """An answer that no API server gives, such as a proxy's page."""
    return ObservationFailed(
        f"{tried} was answered with status {status} by something other than an API server: {message(text)}. The state of the "
        "appliance is unknown.",
        reason=Reason.API_ERROR,
        next_action="Correct the server in the kubeconfig that alga_kubeconfig names, or fix the proxy in front of it.",
        evidence={"status": status},
    )
