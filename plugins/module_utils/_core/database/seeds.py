# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether seeds may run is decided by what several tables hold and by the ledger, never by ``users`` alone (F21, F22, F24)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..states import DatabaseState, GateDecision
from .database import DatabaseObservation, classify


@dataclass(frozen=True)
class Gate:
    """The decision about seeds and why."""

    decision: GateDecision
    state: DatabaseState
    message: str
    next_action: str


def _rows(rows: t.Mapping[str, int | None]) -> str:
    return ", ".join(f"{table} {'missing' if count is None else count}" for table, count in rows.items())


def decide(seen: DatabaseObservation) -> Gate:
    """Decide whether seeds may run in the observed database.

    :returns: ``open`` only when every table of the contract that migrations do not fill was read and holds no row, no
        migration is under way and the ledger knows of no seeding; ``closed`` when the contract is fulfilled or the ledger
        says seeds ran;
        ``blocked`` for everything else, unknown included.
    """
    answer = classify(seen)
    where = f"database '{seen.database}'"

    def gate(decision: GateDecision, message: str) -> Gate:
        return Gate(decision, answer.state, message, answer.next_action)

    if answer.state is DatabaseState.SEEDED:
        return gate(GateDecision.CLOSED, f"Seeds are not run: {where} is seeded ({_rows(seen.rows)}).")
    if answer.state is DatabaseState.MIGRATED and seen.tenant_begun:
        return gate(
            GateDecision.CLOSED, (f"Seeds are not run here; whatever creates the first tenant runs them: {answer.message}")
        )
    if answer.state is DatabaseState.MIGRATED and seen.ledger_seeded:
        return gate(
            GateDecision.CLOSED,
            f"Seeds are not run: the ledger in {where} records that seed set {seen.ledger_seeded} already ran and, "
            "without a tenant, inserted nothing.",
        )
    if answer.state is DatabaseState.MIGRATED:
        return gate(
            GateDecision.OPEN,
            f"Seeds may run: {where} is migrated, and every table of the seed contract is empty ({_rows(seen.rows)})"
            + (f", except those that migrations fill: {', '.join(seen.filled)}." if seen.filled else "."),
        )
    return gate(GateDecision.BLOCKED, f"Seeds are not run: {answer.message}")
