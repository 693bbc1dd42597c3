# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_seed_gate: may seeds run in this database?"""

from __future__ import annotations

from ..._core import names
from ..._core.database.database import failed
from ..._core.database.seeds import decide
from ..._core.errors import ObservationFailed
from ..._core.results import build
from ..._core.states import GateDecision
from .._context import CLUSTER, DATABASE, SEED_CONTRACT, Params, Result, Run, Spec, UseCase, cluster
from ..observing.situation import Observer

SPEC: Spec = {
    **CLUSTER,
    **DATABASE,
    **SEED_CONTRACT,
    "database": {"type": "str", "default": names.DATABASE},
}


def perform(params: Params, _run: Run) -> Result:
    """Decide; nothing is ever changed."""
    try:
        with cluster(params) as api:
            seen = Observer(api, params).database(params["database"])
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


USE_CASE = UseCase("alga_seed_gate", SPEC, perform)
