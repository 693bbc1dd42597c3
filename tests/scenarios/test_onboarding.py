# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The defaults: a production appliance whose onboarding seeds insert nothing without a tenant, and which is one all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.alga.appliance.tests.scenarios.appliance import Appliance, empty_place


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    with empty_place(tmp_path_factory.mktemp("production"), {"alga_environment": None, "alga_seed_set": None}) as made:
        yield made


def test_fresh_ends_migrated_and_answering_and_recover_takes_it_for_an_appliance_f22(production: Appliance) -> None:
    outcome = production.playbook("fresh")
    assert outcome.code == 0, outcome.output
    assert production.rows() == "0|0|0|0|0"
    assert production.sql("SELECT seed_set FROM alga_appliance.runs") == "onboarding"
    assert production.module("alga_pg_state")["state"] == "migrated"
    gate = production.module("alga_seed_gate")
    assert gate["decision"] == "closed", "the ledger knows that the seeds ran, although no row does"
    assert "onboarding" in gate["msg"]
    recovered = production.playbook("recover")
    assert (recovered.code, recovered.changed) == (0, 0), recovered.output


def test_a_demonstration_tenant_is_foreign_in_production_f23(production: Appliance) -> None:
    production.sql("INSERT INTO tenants (client_name, email, plan) VALUES ('Oz', 'oz@example.com', 'demonstration')")
    assert production.module("alga_pg_state")["state"] == "foreign"
    outcome = production.playbook("recover")
    assert outcome.failed == 1
    assert "alga_environment" in outcome.message


def test_recover_begins_anew_where_its_own_refusal_said_how_r21(production: Appliance) -> None:
    production.sql("DROP DATABASE server WITH (FORCE)", "postgres")
    refused = production.playbook("recover")
    assert refused.failed == 1 and "alga_expect is set to absent for that one run" in refused.message, refused.output
    assert "Nothing was changed." in refused.message and refused.changed == 0
    shown = refused.output.partition("FAILED! => ")[2].partition("\n}\n")[0].splitlines()
    assert [line.split('"')[1] for line in shown[-3:]] == ["msg", "next_action", "state"], "the sentence is what is read last"
    begun = production.playbook("recover", alga_expect=["absent"])
    assert begun.code == 0, begun.output
    assert "unset alga_expect" in begun.output, "what is said about the next run is true too"
    again = production.playbook("recover")
    assert (again.code, again.changed) == (0, 0), again.output
