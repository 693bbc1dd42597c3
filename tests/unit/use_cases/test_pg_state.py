# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_pg_state by address: what it says next names the options it was asked with."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases import pg_state

OPTIONS = {name: option.get("default") for name, option in pg_state.SPEC.items()}


def asked(monkeypatch: pytest.MonkeyPatch, reason: Reason) -> tuple[DatabaseState, str]:
    def observe(_server: object, _question: object) -> object:
        raise ObservationFailed("It was tried.", reason=reason)

    monkeypatch.setattr(pg_state, "observe", observe)
    answer = pg_state.ask({**OPTIONS, "login_host": "db.example.org"})
    return answer.state, answer.next_action


@pytest.mark.parametrize(
    ("reason", "state", "options"),
    [
        (Reason.CONNECTION_FAILED, DatabaseState.UNREACHABLE, ("login_host", "login_port")),
        (Reason.PASSWORD_REJECTED, DatabaseState.AUTH_FAILED, ("login_user", "login_password")),
        (Reason.POOLER_ANSWERED, DatabaseState.POOLER, ("login_host", "login_port")),
    ],
)
def test_the_next_action_names_the_options_u7(
    monkeypatch: pytest.MonkeyPatch, reason: Reason, state: DatabaseState, options: tuple[str, ...]
) -> None:
    found, action = asked(monkeypatch, reason)
    assert found is state
    assert all(option in action and option in pg_state.SPEC for option in options)
    assert "alga_" not in action and "pod" not in action


def test_what_has_nothing_to_do_with_the_address_keeps_its_own_action(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, Reason.STARTING_UP) == (
        DatabaseState.STARTING,
        "Wait until PostgreSQL has started or recovered, then ask again.",
    )
