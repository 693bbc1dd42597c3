# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_pg_state: one state of the database ladder, its evidence and the next action."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._adapters.database.database import observe
from ..._adapters.database.dial import trusted
from ..._adapters.database.server import ByAddress
from ..._adapters.unanswered import why
from ..._core import names
from ..._core.database.database import Answer, classify, failed
from ..._core.errors import ObservationFailed, Refused, problems
from ..._core.results import build
from ..._core.states import DatabaseState, Reason, SslMode
from .._context import Result, Run, UseCase, cluster, require_libraries
from .._options import Judged, option
from ..observing.situation import question, read_database

HOST, PORT, USER, PASSWORD = "login_host", "login_port", "login_user", "login_password"
MODE, CA = "ssl_mode", "ca_cert"


@dataclasses.dataclass(frozen=True)
class Options(Judged):
    """A server in the cluster, or one that is named by its address."""

    # One of the two is given.
    kubeconfig: str = option(type="path")
    login_host: str | None = option(type="str")
    login_port: int = option(type="int", default=names.PORT)
    login_user: str = option(type="str", default=names.SUPERUSER)
    login_password: str | None = option(type="str", no_log=True)
    ssl_mode: SslMode = option(type="str", choices=SslMode, default=SslMode.VERIFY_FULL)
    ca_cert: str | None = option(type="path")
    database: str = option(type="str", default=names.DATABASE)
    expected_migrations: list[str] | None = option(type="list", elements="str")
    expect: list[DatabaseState] | None = option(type="list", elements="str", choices=DatabaseState)


# What to do next where a PostgreSQL was named by its address, and not found in the cluster.
BY_ADDRESS: t.Mapping[DatabaseState, str] = {
    DatabaseState.UNREACHABLE: f"Correct {HOST} and {PORT}, or check the log of the PostgreSQL there.",
    DatabaseState.AUTH_FAILED: f"Correct {USER} and {PASSWORD}; do not create a new password.",
    DatabaseState.POOLER: f"Set {HOST} and {PORT} to PostgreSQL's own address, not its pooler's.",
}


def ask(options: Options) -> Answer:
    """Observe and classify; what could not be observed is classified too."""
    try:
        answer = _observed(options)
    except ObservationFailed as error:
        answer = failed(error)
    # A login that no password would have opened has the same next action everywhere.
    by_address = (
        BY_ADDRESS.get(answer.state) if options.login_host and answer.evidence.get("reason") != Reason.LOGIN_REFUSED else None
    )
    return dataclasses.replace(answer, next_action=by_address) if by_address else answer


def _observed(options: Options) -> Answer:
    database, expected = options.database, options.expected_migrations
    if not options.login_host:
        with cluster(options) as api:
            return classify(read_database(api, options, database, expected=expected))
    require_libraries()
    server = ByAddress(
        options.login_host,
        options.login_port,
        options.login_user,
        options.login_password or "",
        options.ssl_mode,
        options.ca_cert,
    )
    return classify(observe(server, question(options, database, expected)))


def _unfit(options: Options) -> t.Iterator[str]:
    """What cannot be meant by the options, or is not there."""
    if not (options.kubeconfig or options.login_host):
        yield f"Both kubeconfig and {HOST} are empty. Set the one by which PostgreSQL is to be reached."
    if not options.ca_cert:
        return
    if not options.login_host:
        yield f"{CA} applies to {HOST} only: a PostgreSQL in the cluster is reached through the Kubernetes API and its TLS."
    elif options.ssl_mode not in (SslMode.VERIFY_CA, SslMode.VERIFY_FULL):
        yield (
            f"{CA} verifies nothing with {MODE} {options.ssl_mode.value}: set {MODE} to {SslMode.VERIFY_FULL.value} or "
            f"{SslMode.VERIFY_CA.value}, or leave {CA} out."
        )
    try:
        trusted(options.ssl_mode, options.ca_cert)
    except OSError as error:
        yield f"{CA} names {options.ca_cert}, which cannot be read as certificates: {why(error)[0]}."
    except ValueError as error:  # of a name with a NUL byte
        yield f"{CA} names {options.ca_cert!r}, which cannot be read as certificates: {error}."


def perform(options: Options, _run: Run) -> Result:
    """Answer the question; nothing is ever changed."""
    if unfit := [*_unfit(options)]:
        raise problems(unfit)
    answer = ask(options)
    expected = options.expect
    if expected and answer.state.value not in expected:
        raise Refused(
            f"{answer.message} The state is {answer.state.value}, but {' or '.join(expected)} was expected. {answer.next_action}",
            next_action=answer.next_action,
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
    Options,
    perform,
    required_one_of=(("kubeconfig", HOST),),
    mutually_exclusive=(("kubeconfig", HOST),),
)
