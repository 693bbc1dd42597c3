# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Of two first runs that both miss the namespace one makes it, and the other goes on in it (F20)."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.api_answers import Conflict
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases import namespace
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run


class Server:
    """Has no namespace when it is asked, and one when it is to create it, if somebody was faster."""

    def __init__(self, *, faster: bool) -> None:
        self._faster = faster

    def get(self, _url: str) -> None:
        return None

    def create(self, _url: str, body: dict[str, t.Any]) -> dict[str, t.Any]:
        if self._faster:
            raise Conflict("409", reason=Reason.API_ERROR)
        return body


@pytest.mark.parametrize(("faster", "state", "changed"), [(False, "absent", True), (True, "present", False)])
def test_a_namespace_that_another_run_made_first_is_kept_f20(
    monkeypatch: pytest.MonkeyPatch, faster: bool, state: str, changed: bool
) -> None:
    monkeypatch.setattr(namespace, "cluster", lambda _params: contextlib.nullcontext(Server(faster=faster)))
    run = Run(check_mode=False, diff=False, command=lambda _arguments, _stdin, seconds=None: (0, "", ""))
    result = namespace.perform({"namespace": "msp"}, run)
    assert (result["state"], result["changed"]) == (state, changed)
