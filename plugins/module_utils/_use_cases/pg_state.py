# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_pg_state: one state of the database ladder, its evidence and the next action."""

from __future__ import annotations

import dataclasses

from .._adapters.database import ByAddress, observe
from .._core import names
from .._core.database import Answer, classify, failed
from .._core.errors import ObservationFailed, Refused
from .._core.results import build
from .._core.states import DatabaseState, Reason
from ._context import CLUSTER, DATABASE, SEED_CONTRACT, Params, Result, Run, Spec, UseCase, cluster, require_libraries
from .situation import Observer, question

SPEC: Spec = {
    **CLUSTER,
    "kubeconfig": {"type": "path"},
    **DATABASE,
    **SEED_CONTRACT,
    "login_host": {"type": "str"},
    "login_port": {"type": "int", "default": names.PORT},
    "login_user": {"type": "str", "default": names.SUPERUSER},
    "login_password": {"type": "str", "no_log": True},
    "database": {"type": "str", "default": names.DATABASE},
    "expected_migrations": {"type": "list", "elements": "str"},
    "expect": {"type": "list", "elements": "str", "choices": [state.value for state in DatabaseState]},
}
# What to do next where a PostgreSQL was named by its address, and not found in the cluster.
BY_ADDRESS = {
    Reason.CONNECTION_FAILED: "Correct login_host and login_port, or look at the log of the PostgreSQL there.",
    Reason.PASSWORD_REJECTED: "Correct login_user and login_password; do not make a new password.",
    Reason.POOLER_ANSWERED: "Name PostgreSQL's own address in login_host and login_port, not its pooler's.",
}


def ask(params: Params) -> Answer:
    """Observe and classify; what could not be observed is classified too."""
    database, expected = params["database"], params["expected_migrations"]
    try:
        if not params["login_host"]:
            with cluster(params) as api:
                return classify(Observer(api, params).database(database, expected=expected))
        require_libraries()
        server = ByAddress(params["login_host"], params["login_port"], params["login_user"], params["login_password"] or "")
        return classify(observe(server, question(params, database, expected)))
    except ObservationFailed as error:
        answer = failed(error)
        by_address = BY_ADDRESS.get(error.reason) if params["login_host"] else None
        return dataclasses.replace(answer, next_action=by_address) if by_address else answer


def perform(params: Params, _run: Run) -> Result:
    """Answer the question; nothing is ever changed."""
    answer = ask(params)
    expected = params["expect"]
    if expected and answer.state.value not in expected:
        raise Refused(
            f"{answer.message} That is state {answer.state.value}, where {' or '.join(expected)} was expected. "
            f"{answer.next_action}",
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
    required_one_of=(("kubeconfig", "login_host"),),
    mutually_exclusive=(("kubeconfig", "login_host"),),
)
