# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_lease: one play at a time changes an appliance."""

from __future__ import annotations

import contextlib
import functools
import getpass
import os
import socket
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from ..._adapters.cluster.kubernetes import KubernetesApi, path
from ..._adapters.database.administration import lock_holders
from ..._adapters.database.postgresql import UndefinedDatabase
from ..._adapters.database.server import InCluster
from ..._adapters.lease import lease
from ..._core.database.database import MAINTENANCE_DATABASE
from ..._core.errors import ObservationFailed, Refused
from ..._core.lease.lease import NO_SESSIONS, Sighting, Standing, stand
from ..._core.results import build
from .._context import Result, Run, UseCase, cluster, heartbeat, told
from .._options import Database, option

ACQUIRED, RELEASED = "acquired", "released"
ACQUIRE, RELEASE = "acquire", "release"
KEEP, TAKE_OVER, WAIT = "keep", "take_over", "wait"
REFUSE, ACCEPT = "refuse", "accept"
NO_NAMESPACE = "no_namespace"


@dataclass(frozen=True)
class Options(Database):
    """What is to become of the appliance's Lease, and whose it is."""

    state: str = option(type="str", choices=[ACQUIRED, RELEASED], required=True)
    holder: str | None = option(type="str")
    playbook: str = option(type="str", default="a task of its own")
    absent_namespace: str = option(type="str", choices=[REFUSE, ACCEPT], default=REFUSE)
    wait_timeout: int = option(type="int", default=600)


def perform(options: Options, run: Run) -> Result:
    """Acquire or release."""
    return _acquire(options, run) if options.state == ACQUIRED else _release(options, run)


def identity(playbook: str) -> str:
    """A new holder that a person can find: who, where, with which playbook, since when, and a random part."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user often has a number and no name
        user = f"user {os.getuid()}"
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{user}@{socket.gethostname()} {playbook} {started} {uuid.uuid4().hex[:8]}"


def _acquire(options: Options, run: Run) -> Result:
    where, holder = lease.where(options.namespace), options.holder or identity(options.playbook)
    with cluster(options) as api:
        if options.absent_namespace == ACCEPT and api.get(path("namespaces", name=options.namespace)) is None:
            return build(
                state=NO_NAMESPACE,
                decision=WAIT,
                message=f"Namespace {options.namespace} does not exist, so nobody can hold {where}; it was not acquired.",
                next_action="Create the namespace, then acquire the Lease in it.",
                evidence={"held_by": ""},
            )
        if run.check_mode:
            return _plan(api, options, holder, run)
        server = InCluster(api, options.appliance)
        before = lease.acquire(
            api,
            options.namespace,
            holder,
            wait_timeout=options.wait_timeout,
            sessions=functools.partial(_sessions, server),
            tell=run.tell,
        )
    decision, message = _explain(where, before)
    if decision == TAKE_OVER:
        run.tell(message)
    with heartbeat(options) as api:
        run.beside(functools.partial(_beat, api, options.namespace, holder))
    return build(
        state=before.standing.value,
        decision=decision,
        message=message,
        evidence={"lease": holder, "held_by": before.lease.holder or before.lease.cut_off},
        changed=decision != KEEP,
        diff=told(message if decision != KEEP else "", run),
    )


def _explain(where: str, before: lease.Look) -> tuple[str, str]:
    """What was done about the Lease as it stood, and the sentence about it."""
    gone = before.lease
    if before.standing is Standing.OURS:
        return KEEP, f"{where} is held by this run already."
    if before.standing is Standing.STALE:
        return TAKE_OVER, (
            f"{where} was held by {gone.described()}. That run is dead: it sent no heartbeat for {gone.seconds} seconds, and "
            "no session holds PostgreSQL's advisory lock. This run has taken over."
        )
    if gone.cut_off:
        return TAKE_OVER, (
            f"{where} was held by {gone.cut_off} until that run was interrupted: its last process ended without releasing it. "
            "This run has taken over."
        )
    return ACQUIRE, f"{where} was free; this run holds it now."


def _plan(api: KubernetesApi, options: Options, holder: str, run: Run) -> Result:
    """Say whether the Lease could be acquired at once; one look cannot prove that a holder is gone."""
    where, found = lease.where(options.namespace), lease.read(api, options.namespace)
    standing = stand(Sighting(found, 0, 0), holder)
    held = standing is Standing.HELD
    return build(
        state=standing.value,
        decision=WAIT if held else KEEP if standing is Standing.OURS else ACQUIRE,
        message=f"{where} is held by {found.described()}; a run would wait for it, {options.wait_timeout} seconds at most."
        if held
        else f"{where} is held by this run already."
        if standing is Standing.OURS
        else f"{where} is free; a run would acquire it.",
        evidence={"held_by": found.holder},
        changed=standing is not Standing.OURS,
        diff=told("" if standing is Standing.OURS else f"{where}: held by {holder}", run),
    )


def _sessions(server: InCluster) -> str:
    """Name the sessions that hold the advisory lock; say why they are unknown where PostgreSQL runs and cannot be asked."""
    try:
        with contextlib.closing(server.connect(MAINTENANCE_DATABASE)) as session:
            return lock_holders(session)
    except UndefinedDatabase:
        return ""  # What a killed initdb left has no such database, and a database that does not exist has no sessions (F35).
    except ObservationFailed as error:
        return "" if error.reason in NO_SESSIONS else error.message


def _beat(api: KubernetesApi, namespace: str, holder: str, ended: lease.Ended) -> None:
    """Renew beside the play; what the play did not live to release is given back at its end."""
    if lease.beat(api, namespace, holder, ended):
        lease.release(api, namespace, holder, cut_off=holder)


def _release(options: Options, run: Run) -> Result:
    where, holder = lease.where(options.namespace), options.holder
    if not holder:
        raise Refused(f"Could not release {where}: its holder was not given. Set holder to what acquire returned.")
    with cluster(options) as api:
        before = lease.read(api, options.namespace) if run.check_mode else lease.release(api, options.namespace, holder)
    ours = before.holder == holder
    message = f"{where} is released."
    if not ours:
        message = (
            f"{where} is held by {before.described()} and was not released." if before.holder else (f"{where} is held by nobody.")
        )
    standing = Standing.OURS if ours else Standing.HELD if before.holder else Standing.FREE
    return build(
        state=standing.value,
        decision=RELEASE if ours else KEEP,
        message=message,
        evidence={"held_by": before.holder},
        changed=ours,
        diff=told(message if ours else "", run),
    )


USE_CASE = UseCase("alga_lease", Options, perform, states=(*Standing, NO_NAMESPACE))
