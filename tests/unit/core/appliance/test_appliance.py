# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every name of an appliance follows from those that an operator gives."""

from __future__ import annotations

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance


def test_the_usual_names_are_those_of_the_contract() -> None:
    usual = Appliance()
    assert usual.secret == "msp/db-credentials"
    assert usual.claims == names.claims("alga-core-sebastian") and usual.database_claim == "alga-core-sebastian-postgres-data"
    assert usual.contract[0] == "db-credentials" and "alga-core-sebastian-secrets" in usual.contract


def test_other_names_reach_everything_that_follows_from_them() -> None:
    other = Appliance("psa", "core", "postgres", "keys")
    assert (other.secret, other.database_claim) == ("psa/keys", "core-postgres-data")
    assert other.contract[0] == "keys" and "core-secrets" in other.contract
