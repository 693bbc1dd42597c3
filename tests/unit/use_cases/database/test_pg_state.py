# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_pg_state by address: what it says next names the options it was asked with."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters import process
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.server import ByAddress
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import DatabaseObservation
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run
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


def test_no_way_to_postgresql_is_refused_and_no_kubeconfig_is_guessed() -> None:
    with pytest.raises(Refused, match="Both kubeconfig and login_host are empty"):
        pg_state.perform(read(pg_state.Options, {"login_host": ""}), Run(check_mode=False, diff=False, command=process.run))


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        (
            {"login_host": "db.example.org", "ssl_mode": "require", "ca_cert": "/nowhere"},
            [
                "ca_cert verifies nothing with ssl_mode require: set ssl_mode to verify-full or verify-ca, or leave ca_cert out.",
                "ca_cert names /nowhere, which cannot be read as certificates: No such file or directory.",
            ],
        ),
        (
            {"kubeconfig": "/kubeconfig", "ca_cert": "/nowhere"},
            [
                "ca_cert applies to login_host only: a PostgreSQL in the cluster is reached through the Kubernetes API and its"
                " TLS.",
                "ca_cert names /nowhere, which cannot be read as certificates: No such file or directory.",
            ],
        ),
        (
            {"login_host": "db.example.org", "ca_cert": __file__},
            [f"ca_cert names {__file__}, which cannot be read as certificates: TLS: NO_CERTIFICATE_OR_CRL_FOUND."],
        ),
        (
            {"login_host": "db.example.org", "ca_cert": "nul\0byte"},
            ["ca_cert names 'nul\\x00byte', which cannot be read as certificates: embedded null byte."],
        ),
    ],
)
def test_what_options_of_tls_cannot_mean_is_refused_all_at_once(given: dict[str, str], problems: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        pg_state.perform(read(pg_state.Options, given), Run(check_mode=False, diff=False, command=process.run))
    assert caught.value.evidence["errors"] == problems
    assert "nothing was changed: (1) ca_cert" in caught.value.message


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
        (Reason.TLS_FAILED, DatabaseState.UNKNOWN, ()),
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
