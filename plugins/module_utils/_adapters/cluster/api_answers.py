# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer of the API server means, and what kept one away: in its own words, or in those of TLS and of the system."""

from __future__ import annotations

import json
import re
import typing as t

from ..._core import refusals
from ..._core.bootstrap.job_log import redact
from ..._core.errors import ObservationFailed
from ..._core.quote import NOTHING, quote
from ..._core.states import Reason
from ..unanswered import why

_REASONS = {
    401: Reason.API_UNAUTHORIZED,
    403: Reason.API_FORBIDDEN,
    404: Reason.API_NOT_FOUND,
    409: Reason.API_CONFLICT,
}
# Characters of an answer that is no Status object, such as a proxy's page.
_BEGINNING = 200
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(r"\s*<(!doctype|html|head)\b", re.IGNORECASE)
# The API server itself gives no such code, or not without a Status object.
_OF_A_PROXY = (403, 407)
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


def message(body: str | bytes | None, secrets: t.Iterable[str] = ()) -> str:
    """What an answer says: the sentence of a Status object, else how its text begins, and of a page its title.

    :param secrets: every form of what the request had that nobody may read, see :func:`quote`.
    """
    text = body.decode(errors="replace") if isinstance(body, bytes) else body or ""
    if sentence := status_object(text).get("message"):
        return quote(str(sentence), secrets)
    title = _TITLE.search(text)
    # What begins a page is its style.
    said = quote(title.group(1) if title else redact(text, secrets)[: 4 * _BEGINNING], secrets, longest=_BEGINNING)
    return said if said != NOTHING else "no message"


def refusal(tried: str, status: int, text: str, secrets: t.Iterable[str] = ()) -> ObservationFailed:
    """What an answer with the code of a failure is; only the API server's own NotFound is a :class:`NotFound`."""
    said = status_object(text)
    sentence = message(text, secrets)
    others = status < 400 or (status == 404 and said.get("reason") != "NotFound")
    if others or (not said and (status in _OF_A_PROXY or _PAGE.match(text))):
        return by_somebody_else(tried, status, text, secrets)
    kind = {404: NotFound, 409: Conflict}.get(status, ObservationFailed)
    return kind(
        f"{tried} failed with status {status}: {sentence}.",
        reason=_REASONS.get(status, Reason.API_ERROR),
        next_action=refusals.next_action(status, sentence, said),
        evidence={"status": status},
    )


def asked_seconds(header: str | None) -> float:
    """How long the server asks to be left alone (RFC 9110, Retry-After in seconds); what is too long is asked again sooner."""
    return min(float(header), _LONGEST_WAIT) if header and header.isdecimal() else 1.0


def unanswered(tried: str, error: BaseException) -> ObservationFailed:
    """What kept an answer away, in the words of TLS, of a proxy or of the system."""
    said, action = why(error)
    return ObservationFailed(
        f"{tried} got no answer ({said}). The state of the appliance is unknown.",
        reason=Reason.API_UNREACHABLE,
        next_action=action,
    )


def by_somebody_else(tried: str, status: int, text: str | None, secrets: t.Iterable[str] = ()) -> ObservationFailed:
    """An answer that no API server gives, such as a proxy's page."""
    return ObservationFailed(
        f"{tried} was answered with status {status} by something other than an API server: {message(text, secrets)}. The state "
        "of the appliance is unknown.",
        reason=Reason.API_ERROR,
        next_action="Correct the server in the kubeconfig that alga_kubeconfig names, or fix the proxy in front of it.",
        evidence={"status": status},
    )
