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
# The reasons of which one stands in the API server's own answer (Go: metav1.StatusReason): of what is concluded from.
_REASONS_OF = {404: ("NotFound",), 409: ("AlreadyExists", "Conflict")}
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


def _own_word(status: int, text: str, url: str) -> dict[str, t.Any]:
    """The Status object with which the API server itself refused a request; empty where somebody else did.

    Servers behind a proxy for many clusters speak the same language: of a cluster that is not there they say so in a Status, too.
    """
    said = status_object(text)
    details = said.get("details")
    named = details.get("name") if isinstance(details, dict) else None
    # The log of a pod is not there either where the pod's node is not.
    about = not named or url.endswith("/log") or named in re.split("[/:]", url)
    plain = (said.get("apiVersion"), said.get("status"), said.get("code", status)) == ("v1", "Failure", status)
    return said if plain and (status != 404 or about) else {}


def was_not_begun(status: int, text: str, url: str, body: t.Any) -> bool:
    """Whether an object was not created for a reason that is gone a moment later, so that the request may be sent again.

    A quota that somebody else's request changes at the same moment is a conflict, and so is a name that the server made itself.
    """
    said = _own_word(status, text, url) if status == 409 else {}
    named = isinstance(body, dict) and (body.get("metadata") or {}).get("name")
    return said.get("reason") == "Conflict" or (said.get("reason") == "AlreadyExists" and bool(body) and not named)


def is_object(found: t.Any) -> bool:
    """Whether an answer is an object of the Kubernetes API (API conventions, "Types"), and not another program's JSON."""
    if not isinstance(found, dict):
        return False
    # The list of the core group's kinds has its version under another name, and no apiVersion.
    kind, version = found.get("kind"), found.get("apiVersion") or found.get("groupVersion")
    return bool(kind and version) and isinstance(kind, str) and isinstance(version, str)


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


def refusal(tried: str, url: str, status: int, text: str, secrets: t.Iterable[str] = ()) -> ObservationFailed:
    """What an answer with the code of a failure is; only the API server's own NotFound is a :class:`NotFound`.

    :param url: the path that was asked for.
    """
    said = _own_word(status, text, url)
    sentence = message(text, secrets)
    others = status < 400 or (status in _REASONS_OF and said.get("reason") not in _REASONS_OF[status])
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
    # With the code of a success it may be a part of a Secret that was asked for.
    beginning = (text or "").lstrip("\ufeff \t\r\n")[:1]
    unshown = status < 300 and beginning in ("{", "[", '"') and not status_object(text)
    said = f"{len(text or '')} characters of JSON that is not what was asked for" if unshown else message(text, secrets)
    return ObservationFailed(
        f"{tried} was answered with status {status} by something other than an API server: {said}. The state "
        "of the appliance is unknown.",
        reason=Reason.API_ERROR,
        next_action="Correct the server in the kubeconfig that alga_kubeconfig names, or fix the proxy in front of it.",
        evidence={"status": status},
    )
