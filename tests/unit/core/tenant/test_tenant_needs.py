# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the command for the first tenant is known to need, from the command and from its environment (R33)."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.tenant.tenant_needs import ADDRESS, Temporal, temporal

OWN = names.INITIAL_TENANT_COMMAND


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("temporal-frontend:7233", "temporal-frontend"),
        ("temporal-frontend.msp:7233", "temporal-frontend"),
        ("temporal-frontend.msp.svc:7233", "temporal-frontend"),
        ("temporal-frontend.msp.svc.cluster.local:7233", "temporal-frontend"),
        ("temporal-frontend.msp.svc.example.org.", "temporal-frontend"),
        ("http://temporal-frontend:7233", "temporal-frontend"),
        # Somebody else's Temporal can be asked by the command only.
        ("temporal-frontend.temporal.svc.cluster.local:7233", ""),
        ("msp.a1b2c.tmprl.cloud:7233", ""),
        ("temporal.msp.example.org:7233", ""),
        ("10.0.0.7:7233", ""),
    ],
)
def test_an_address_leads_to_a_service_of_the_appliance_or_elsewhere_r33(address: str, service: str) -> None:
    assert temporal(OWN, {ADDRESS: address}, "msp") == Temporal(address, service)


def test_nothing_is_looked_for_where_no_need_is_known_r33() -> None:
    assert temporal(OWN, {}, "msp") is None
    assert temporal(("npx", "tsx", "/app/create-tenant.ts"), {ADDRESS: "temporal-frontend:7233"}, "msp") is None


def test_an_empty_address_is_what_the_program_makes_of_it_r33() -> None:
    found = temporal(OWN, {ADDRESS: ""}, "msp")
    assert found is not None and found.service == "temporal-frontend" and found.address.endswith(":7233")
