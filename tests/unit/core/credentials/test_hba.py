# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a client on the pod network is asked for its password; the first rule that fits decides, and a guess is never made."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.hba import (
    NO_RULE,
    Client,
    Rule,
    lets_hosts_in,
    method,
)

CLIENT = Client("app_user", "server", "10.244.0.7")
ALL = ("all",)
LOOPBACK = [
    Rule("local", ALL, ALL, method="trust"),
    Rule("host", ALL, ALL, "127.0.0.1", "255.255.255.255", "trust"),
    Rule("host", ALL, ALL, "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "trust"),
    Rule("host", ("replication",), ALL, "127.0.0.1", "255.255.255.255", "trust"),
]


def host(method: str, *, databases: tuple[str, ...] = ALL, users: tuple[str, ...] = ALL, address: str = "all") -> Rule:
    return Rule("host", databases, users, address, "", method)


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ([], NO_RULE),
        (LOOPBACK, NO_RULE),
        ([*LOOPBACK, host("scram-sha-256")], "scram-sha-256"),
        ([host("trust"), host("scram-sha-256")], "trust"),
        ([host("md5", databases=("postgres",)), host("reject")], "reject"),
        ([host("md5", databases=("postgres", "server"))], "md5"),
        ([host("md5", databases=("sameuser",)), host("password")], "password"),
        ([host("md5", databases=("replication",)), host("password")], "password"),
        ([host("md5", users=("app_user", "postgres"))], "md5"),
        ([host("md5", users=("postgres",))], NO_RULE),
        ([host("md5", users=("+staff",)), host("reject")], None),
        ([host("md5", users=("/^app",)), host("reject")], None),
        ([host("md5", databases=("samerole",)), host("reject")], None),
        ([host("md5", users=("+staff",), databases=("postgres",)), host("reject")], "reject"),
        ([Rule("hostssl", ALL, ALL, "all", "", "md5"), host("scram-sha-256")], "scram-sha-256"),
        ([Rule("hostnossl", ALL, ALL, "all", "", "md5")], "md5"),
        ([Rule("host", ALL, ALL, "10.244.0.0", "255.255.0.0", "md5")], "md5"),
        ([Rule("host", ALL, ALL, "10.245.0.0", "255.255.0.0", "md5"), host("reject")], "reject"),
        ([host("md5", address="samehost"), host("reject")], "reject"),
        ([host("md5", address="samenet"), host("reject")], None),
        ([host("md5", address=".example.org"), host("reject")], None),
        ([Rule("host", error="invalid authentication method"), host("scram-sha-256")], None),
    ],
)
def test_the_first_rule_that_fits_decides_u16(rules: list[Rule], found: str | None) -> None:
    assert method(rules, CLIENT) == found


@pytest.mark.parametrize(
    ("rules", "count"),
    [
        (LOOPBACK, 0),
        ([*LOOPBACK, host("scram-sha-256")], 1),
        ([Rule("", error="unreadable")], 1),
        ([host("md5", address="localhost")], 0),
    ],
)
def test_rules_for_other_hosts_are_counted_f35(rules: list[Rule], count: int) -> None:
    assert lets_hosts_in(rules) == count
