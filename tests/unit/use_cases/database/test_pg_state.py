# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_pg_state by address: what it says next names the options it was asked with."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.server import ByAddress
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import DatabaseObservation
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import read
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.database import pg_state


def asked(monkeypatch: pytest.MonkeyPatch, found: Reason | DatabaseObservation) -> tuple[DatabaseState, str]:
    def observe(server: object, _question: object) -> DatabaseObservation:
        assert isinstance(server, ByAddress)
        if isinstance(found, Reason):
            raise ObservationFailed("It was tried.", reason=found)
        return found

    def cluster(_params: object) -> t.NoReturn:
        raise AssertionError("no cluster was named")

    monkeypatch.setattr(pg_state, "observe", observe)
    monkeypatch.setattr(pg_state, "cluster", cluster)
    answer = pg_state.ask(read(pg_state.Options, {"login_host": "db.example.org"}))
    return answer.state, answer.next_action


# Its password is not the one that the role has, and pg_hba.conf let it in all the same.
MISMATCH = DatabaseObservation("db.example.org:5432", "server", superuser_match=False)
LOGIN, ADDRESS = ("login_user", "login_password"), ("login_host", "login_port")


@pytest.mark.parametrize(
    ("found", "state", "options"),
    [
        (Reason.CONNECTION_FAILED, DatabaseState.UNREACHABLE, ADDRESS),
        (Reason.PASSWORD_REJECTED, DatabaseState.AUTH_FAILED, LOGIN),
        # What no password would open is not mended with another one (R17).
        (Reason.LOGIN_REFUSED, DatabaseState.AUTH_FAILED, ()),
        (MISMATCH, DatabaseState.AUTH_FAILED, LOGIN),
        (Reason.POOLER_ANSWERED, DatabaseState.POOLER, ADDRESS),
        (Reason.STARTING_UP, DatabaseState.STARTING, ()),
        (Reason.CONNECTION_LOST, DatabaseState.UNKNOWN, ()),
        (Reason.HANGING, DatabaseState.UNKNOWN, ()),
        (Reason.QUERY_FAILED, DatabaseState.UNKNOWN, ()),
    ],
)
def test_the_next_action_names_the_options_and_nothing_of_a_cluster_u7(
    monkeypatch: pytest.MonkeyPatch, found: Reason | DatabaseObservation, state: DatabaseState, options: tuple[str, ...]
) -> None:
    seen, action = asked(monkeypatch, found)
    assert seen is state
    assert action and all(option in action and option in pg_state.USE_CASE.spec for option in options)
    assert not [word for word in ("alga_", "pod", "port-forward", "kube", "Secret", "Service", "service") if word in action], (
        action
    )


def test_what_has_nothing_to_do_with_the_address_keeps_its_own_action(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, Reason.STARTING_UP) == (
        DatabaseState.STARTING,
        "Wait until PostgreSQL has started or recovered, then try again.",
    )
