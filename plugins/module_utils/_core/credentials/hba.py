# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How PostgreSQL would ask a client for its password: the first rule of pg_hba.conf that fits it.

Source: PostgreSQL documentation, "The pg_hba.conf File" and "pg_hba_file_rules". A rule that may fit and cannot be judged from
outside, such as one by host name, by group or by regular expression, makes the answer unknown and never a guess.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass

TRUST, SCRAM, MD5, PASSWORD, REJECT = "trust", "scram-sha-256", "md5", "password", "reject"
# No rule fits: PostgreSQL refuses the client.
NO_RULE = ""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PLAIN = ("host", "hostnossl", "hostnogssenc")


@dataclass(frozen=True)
class Rule:
    """One row of ``pg_hba_file_rules``.

    :param kind: column ``type``, such as ``host``.
    :param error: why the line could not be read; empty where it could.
    """

    kind: str
    databases: t.Sequence[str] = ()
    users: t.Sequence[str] = ()
    address: str = ""
    netmask: str = ""
    method: str = ""
    error: str = ""


@dataclass(frozen=True)
class Client:
    """Who wants to log in, over a connection that is not encrypted: what the appliance's own consumers use."""

    role: str
    database: str
    address: str


def method(rules: t.Iterable[Rule], client: Client) -> str | None:
    """The authentication method that PostgreSQL would use.

    :returns: :data:`NO_RULE` where no rule fits; None where it cannot be told.
    """
    for rule in rules:
        if rule.error:
            return None  # PostgreSQL goes on with the rules that it read before; nobody knows them.
        if rule.kind not in _PLAIN:
            continue
        fits = _all(
            _address(rule, client.address), _name(rule.databases, client.database, client), _name(rule.users, client.role)
        )
        if fits is None:
            return None
        if fits:
            return rule.method
    return NO_RULE


def lets_hosts_in(rules: t.Iterable[Rule]) -> int:
    """Count the rules that let another host in; a line that cannot be read may be one.

    What initdb writes lets loopback in; an official image's entrypoint adds its own rule afterwards (F35).
    """
    return sum(bool(rule.error) or (rule.kind.startswith("host") and rule.address not in LOOPBACK) for rule in rules)


def _all(*answers: bool | None) -> bool | None:
    """Whether everything holds; a single no is enough, whatever else is unknown."""
    if False in answers:
        return False
    return None if None in answers else True


def _name(wanted: t.Sequence[str], name: str, client: Client | None = None) -> bool | None:
    """Whether one of the names of a rule is this one."""
    if "all" in wanted or name in wanted:
        return True
    if client is not None and "sameuser" in wanted and client.role == client.database:
        return True
    open_ended = any(each.startswith(("+", "/")) or each in ("samerole", "samegroup") for each in wanted)
    return None if open_ended else False


def _address(rule: Rule, address: str) -> bool | None:
    """Whether a rule's address holds the client's."""
    if rule.address == "all":
        return True
    if rule.address == "samehost":
        return False
    try:
        length = f"/{int(ipaddress.ip_address(rule.netmask)).bit_count()}" if rule.netmask else ""
        network = ipaddress.ip_network(f"{rule.address}{length}", strict=False)
    except ValueError:
        return None  # samenet, or a name that only the server can look up
    return ipaddress.ip_address(address) in network
