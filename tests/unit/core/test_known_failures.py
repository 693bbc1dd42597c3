# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures that appliances of this kind really had (docs/failures.md), where a table is enough to show them."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import DatabaseObservation, classify
from ansible_collections.alga.appliance.plugins.module_utils._core.database.seed_contract import read
from ansible_collections.alga.appliance.plugins.module_utils._core.database.seeds import decide
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, GateDecision

LICENCE = "license_state"


@pytest.mark.parametrize(
    ("licences", "state"),
    [(1, DatabaseState.SEEDED), (0, DatabaseState.PARTIALLY_SEEDED), (None, DatabaseState.UNKNOWN)],
)
def test_one_row_that_is_missing_keeps_the_database_from_being_published_f33(licences: int | None, state: DatabaseState) -> None:
    contract, errors = read({"tables": [*names.SEED_TABLES, LICENCE]}, names.SEED_CONTRACT_OPTION)
    assert errors == []
    seen = DatabaseObservation(
        server="db.msp",
        database=names.DATABASE,
        databases={names.DATABASE: ""},
        tables=40,
        migrations=("a",),
        expected=("a",),
        contract=contract,
        rows={**dict.fromkeys(names.SEED_TABLES, 1), LICENCE: licences},
    )
    answer = classify(seen)
    assert answer.state is state
    if state is not DatabaseState.SEEDED:
        assert LICENCE in answer.message
        assert decide(seen).decision is GateDecision.BLOCKED
