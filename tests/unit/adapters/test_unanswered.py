# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first cause is found under what libraries wrapped around it (R16); test_words_of_others.py has the real messages."""

from __future__ import annotations

import socket

import pytest
from urllib3.exceptions import MaxRetryError, NewConnectionError

from ansible_collections.alga.appliance.plugins.module_utils._adapters import unanswered


def wrapped(cause: BaseException) -> BaseException:
    outer = MaxRetryError(None, "/version", NewConnectionError(None, "failed"))  # type: ignore[arg-type]
    outer.__cause__ = cause
    return outer


@pytest.mark.parametrize(
    ("error", "said", "action"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known", "Correct the server"),
        (OSError("Tunnel connection failed: 407 Proxy Authentication Required"), "a proxy intervened", "NO_PROXY"),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused", ""),
        (TimeoutError(), "no answer in time", ""),
    ],
    ids=["name", "proxy", "refused", "time"],
)
def test_the_cause_under_the_wrapping_is_told_r16(error: BaseException, said: str, action: str) -> None:
    for seen in (error, wrapped(error)):
        words, advice = unanswered.why(seen)
        assert said in words and action in advice and bool(advice) == bool(action)


def test_an_error_that_holds_itself_ends() -> None:
    error = OSError("loop")
    error.__context__ = wrapped(error)
    assert next(iter(unanswered.causes(error))) is error
