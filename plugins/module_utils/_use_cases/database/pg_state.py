# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_pg_state: one state of the database ladder, its evidence and the next action."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._adapters.database.database import ByAddress, observe
from ..._core import names
from ..._core.database.database import Answer, classify, failed
from ..._core.errors import ObservationFailed, Refused
from ..._core.results import build
from ..._core.states import DatabaseState, Reason
from .._context import CLUSTER, DATABASE, SEED_CONTRACT, Params, Result, Run, Spec, UseCase, cluster, require_libraries
from ..observing.situation import Observer, question

HOST, PORT, USER, PASSWORD = "login_host", "login_port", "login_user", "login_password"
SPEC: Spec = {
    **CLUSTER,
    "kubeconfig": {"type": "path"},
    **DATABASE,
    **SEED_CONTRACT,
    HOST: {"type": "str"},
    PORT: {"type": "int", "default": names.PORT},
    USER: {"type": "str", "default": names.SUPERUSER},
    PASSWORD: {"type": "str", "no_log": True},
    "database": {"type": "str", "default": names.DATABASE},
    "expected_migrations": {"type": "list", "elements": "str"},
    "expect": {"type": "list", "elements": "str", "choices": [state.value for state in DatabaseState]},
}
# What to do next where a PostgreSQL was named by its address, and not found in the cluster.
BY_ADDRESS: t.Mapping[DatabaseState, str] = {
    DatabaseState.UNREACHABLE: f"Correct {HOST} and {PORT}, or check the log of the PostgreSQL there.",
    DatabaseState.AUTH_FAILED: f"Correct {USER} and {PASSWORD}; do not create a new password.",
    DatabaseState.POOLER: f"Set {HOST} and {PORT} to PostgreSQL's own address, not its pooler's.",
}


def ask(params: Params) -> Answer:
    """Observe and classify; what could not be observed is classified too."""
    try:
        answer = _observed(params)
    except ObservationFailed as error:
        answer = failed(error)
    # A login that no password would have opened has the same next action everywhere.
    by_address = BY_ADDRESS.get(answer.state) if params[HOST] and answer.evidence.get("reason") != Reason.LOGIN_REFUSED else None
    return dataclasses.replace(answer, next_action=by_address) if by_address else answer


def _observed(params: Params) -> Answer:
    database, expected = params["database"], params["expected_migrations"]
    if not params[HOST]:
        with cluster(params) as api:
            return classify(Observer(api, params).database(database, expected=expected))
    require_libraries()
    server = ByAddress(params[HOST], params[PORT], params[USER], params[PASSWORD] or "")
    return classify(observe(server, question(params, database, expected)))


def perform(params: Params, _run: Run) -> Result:
    """Answer the question; nothing is ever changed."""
    answer = ask(params)
    expected = params["expect"]
    if expected and answer.state.value not in expected:
        raise Refused(
            f"{answer.message} The state is {answer.state.value}, but {' or '.join(expected)} was expected. {answer.next_action}",
            evidence={"state": answer.state.value, **answer.evidence},
        )
    return build(
        state=answer.state.value,
        decision="observe",
        message=answer.message,
        next_action=answer.next_action,
        evidence=answer.evidence,
    )


USE_CASE = UseCase(
    "alga_pg_state",
    SPEC,
    perform,
    required_one_of=(("kubeconfig", HOST),),
    mutually_exclusive=(("kubeconfig", HOST),),
)
