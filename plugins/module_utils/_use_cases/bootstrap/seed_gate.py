# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_seed_gate: may seeds run in this database?"""

from __future__ import annotations

from dataclasses import dataclass

from ..._core import names
from ..._core.database.database import failed
from ..._core.database.seeds import decide
from ..._core.errors import ObservationFailed
from ..._core.results import build
from ..._core.states import GateDecision
from .._context import Result, Run, UseCase, cluster
from .._options import Judged, option
from ..observing.situation import read_database


@dataclass(frozen=True)
class Options(Judged):
    """One database of the server."""

    database: str = option(type="str", default=names.DATABASE)


def perform(options: Options, _run: Run) -> Result:
    """Decide; nothing is ever changed."""
    try:
        with cluster(options) as api:
            seen = read_database(api, options, options.database)
    except ObservationFailed as error:
        answer = failed(error)
        return build(
            state=answer.state.value,
            decision=GateDecision.BLOCKED.value,
            message=f"Seeds are not run: {answer.message}",
            next_action=answer.next_action,
            evidence=answer.evidence,
        )
    gate = decide(seen)
    return build(
        state=gate.state.value,
        decision=gate.decision.value,
        message=gate.message,
        next_action=gate.next_action,
        evidence=seen.evidence(),
    )


USE_CASE = UseCase("alga_seed_gate", Options, perform)
