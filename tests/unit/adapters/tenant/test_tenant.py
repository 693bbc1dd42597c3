# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tenant is read from its rows: a digest goes no further, and what could not be read is no missing tenant (F13)."""

from __future__ import annotations

import hashlib
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.server import InCluster
from ansible_collections.alga.appliance.plugins.module_utils._adapters.tenant import tenant
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.digest import Match, Parameters
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.tenant.tenant import Wanted
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import LOST, ScriptedPostgresql, SqlError, Statement

WANTED, HOW = Wanted("Workshop", "ann@example.org", "canary-admin"), Parameters(iterations=1)


def digest(pepper: str, of: str = "canary-admin") -> str:
    return "aa:" + hashlib.pbkdf2_hmac("sha512", of.encode(), f"{pepper}aa".encode(), 1, 64).hex()


def server(ports: Ports, seen: t.Any, sql: t.Sequence[Statement] = ()) -> tuple[InCluster, ScriptedPostgresql]:
    made = ports.postgresql({"server": seen}, writes=sql)
    return InCluster(ports.api({}, there=complete.objects(), forwards=True), Appliance("msp")), made


@pytest.mark.parametrize(
    ("stored", "match", "mistake"),
    [
        (digest("pepper"), Match.MATCH, ""),
        (digest("undefined"), Match.MISMATCH, "without NEXTAUTH_SECRET"),
        (digest("pepper", "another"), Match.MISMATCH, ""),
        ("", Match.UNKNOWN, ""),
        ("$argon2id$v=19$x", Match.UNKNOWN, ""),
    ],
)
def test_the_stored_digest_is_compared_and_left_there_f13(ports: Ports, stored: str, match: Match, mistake: str) -> None:
    seen = {**complete.tenants(made=True, begun=True), "coalesce(hashed_password": [[complete.TENANT, stored]]}
    found = tenant.observe(server(ports, seen)[0], WANTED, "pepper", HOW)
    (administrator,) = found.administrators
    assert (administrator.match, administrator.mistake) == (match, mistake)
    assert not stored or stored not in repr(found)
    assert found.entry is not None and found.entry.tenant == complete.TENANT


@pytest.mark.parametrize("reply", [SqlError("42501"), SqlError("42P01"), LOST])
@pytest.mark.parametrize(
    "unread", ["SELECT tenant::text, client_name", "(SELECT count(*)", "coalesce(hashed_password", "SELECT to_regclass"]
)
def test_rows_that_could_not_be_read_are_not_none_u6(ports: Ports, unread: str, reply: t.Any) -> None:
    with pytest.raises(ObservationFailed):
        tenant.observe(server(ports, {**complete.tenants(), unread: reply})[0], WANTED, "pepper", HOW)


def test_without_a_ledger_nothing_was_begun(ports: Ports) -> None:
    assert tenant.observe(server(ports, complete.tenants())[0], WANTED, "pepper", HOW).entry is None


def test_what_is_begun_keeps_its_row_when_it_is_begun_again(ports: Ports) -> None:
    sql = [
        Statement("server", part)
        for part in ("CREATE SCHEMA IF NOT", "CREATE TABLE IF NOT", "ON CONFLICT (tenant) DO UPDATE SET name")
    ]
    there, made = server(ports, {}, sql)
    tenant.begin(there, complete.TENANT, "O'Neil; DROP TABLE")
    assert made.ran[-1].parameters["name"] == "O'Neil; DROP TABLE", "a name is a parameter and never a part of the statement"


@pytest.mark.parametrize(
    ("act", "part"),
    [
        (lambda there: tenant.begin_seeds(there, complete.TENANT, "onboarding"), "seeds_begun = now() WHERE tenant"),
        (lambda there: tenant.end_seeds(there, complete.TENANT), "AND seeds_ended IS NULL"),
        (lambda there: tenant.complete(there, complete.TENANT), "AND completed IS NULL"),
    ],
)
def test_a_time_is_recorded_once_and_for_one_tenant(ports: Ports, act: t.Any, part: str) -> None:
    there, made = server(ports, {}, [Statement("server", part)])
    act(there)
    assert made.ran[0].parameters["tenant"] == complete.TENANT
    with pytest.raises(ActionFailed, match=r"Whether it .*known"):
        act(server(ports, {}, [Statement("server", part, LOST)])[0])
