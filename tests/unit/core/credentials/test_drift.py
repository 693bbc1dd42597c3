# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift report: every combination has a verdict, what is not known is never drift, and no row holds a secret."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.credentials import Match
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.drift import (
    Consumers,
    Role,
    RoleState,
    Row,
    SecretValue,
    Server,
    Verdict,
    Verifier,
    drifted,
    fingerprints,
    report,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.hba import Rule
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.scram import verifier

CANARY = b"canary-2f1c"
KEY = names.ROLE_KEYS[names.APPLICATION_ROLE]
SCRAM = verifier(CANARY, iterations=2)
MD5 = "md5" + hashlib.md5(CANARY + b"app_user", usedforsecurity=False).hexdigest()
OTHER = verifier(b"another", iterations=2)
ROLE = Role(names.APPLICATION_ROLE, verifier=SCRAM)


def rule(method: str) -> Rule:
    return Rule("host", ("all",), ("all",), "all", "", method)


def server(role: Role | None = ROLE, method: str = "scram-sha-256", **fields: t.Any) -> Server:
    rules = [rule(method)] if method else []
    return Server({} if role is None else {role.name: role}, rules, ("10.0.0.1", "10.0.0.2"), **fields)


def row(value: bytes | None = CANARY, on: Server | None = None, consumers: Consumers | None = None) -> Row:
    secret = {} if value is None else {KEY: value}
    rows = report(secret, on or server(), consumers or Consumers())
    return next(found for found in rows if found.role == names.APPLICATION_ROLE)


def changed(**fields: t.Any) -> Server:
    return server(dataclasses.replace(ROLE, **fields))


@pytest.mark.parametrize(
    ("found", "verdict", "said"),
    [
        (row(), Verdict.OK, ""),
        (row(on=server(method="trust")), Verdict.OK, ""),
        (row(on=changed(verifier=MD5)), Verdict.CANNOT_LOG_IN, "md5"),
        (row(on=server(dataclasses.replace(ROLE, verifier=MD5), "md5")), Verdict.OK, ""),
        (row(None), Verdict.INCOMPLETE, KEY),
        (row(b""), Verdict.INCOMPLETE, KEY),
        (row(b" \n"), Verdict.INCOMPLETE, KEY),
        (row(b"another"), Verdict.DRIFT, KEY),
        (row(on=changed(verifier=OTHER)), Verdict.DRIFT, KEY),
        (row(on=changed(verifier=OTHER, can_log_in=False)), Verdict.DRIFT, KEY),
        (row(on=server(None)), Verdict.DRIFT, "does not exist"),
        (row(on=changed(can_log_in=False)), Verdict.CANNOT_LOG_IN, "ALTER ROLE app_user LOGIN"),
        (row(on=changed(expired=True)), Verdict.CANNOT_LOG_IN, "VALID UNTIL"),
        (row(on=changed(verifier="")), Verdict.CANNOT_LOG_IN, "no password"),
        (row(on=changed(limit=0)), Verdict.CANNOT_LOG_IN, "CONNECTION LIMIT"),
        (row(on=changed(limit=5, connections=5)), Verdict.CANNOT_LOG_IN, "CONNECTION LIMIT"),
        (row(on=changed(limit=5, connections=4)), Verdict.OK, ""),
        (row(on=changed(limit=0, superuser=True)), Verdict.OK, ""),
        (row(on=server(method="reject")), Verdict.CANNOT_LOG_IN, "pg_hba.conf"),
        (row(on=server(method="")), Verdict.CANNOT_LOG_IN, "pg_hba.conf"),
        (row(on=changed(verifier="SCRAM-SHA-512$1:x$y")), Verdict.UNKNOWN, "rolpassword"),
        (row(on=Server(None, unread="it is down")), Verdict.UNKNOWN, "Start PostgreSQL"),
        (row(consumers=Consumers(stale={KEY: ["pod-1"]})), Verdict.STALE_CONSUMER, "pod-1"),
        (row(consumers=Consumers(stale={"ANOTHER": ["pod-1"]})), Verdict.OK, ""),
        (row(consumers=Consumers(pooler={"app_user": "canary-2f1c"})), Verdict.OK, ""),
        (row(consumers=Consumers(pooler={"app_user": SCRAM})), Verdict.OK, ""),
        (row(consumers=Consumers(pooler={"app_user": MD5})), Verdict.OK, ""),
        (row(consumers=Consumers(pooler={"app_user": "old"})), Verdict.STALE_CONSUMER, "app_user"),
        (row(consumers=Consumers(pooler={"app_user": OTHER})), Verdict.STALE_CONSUMER, "app_user"),
        (row(consumers=Consumers(pooler={"somebody": "old"})), Verdict.OK, ""),
    ],
)
def test_what_a_row_says_f1_f3_u12_u16(found: Row, verdict: Verdict, said: str) -> None:
    assert found.verdict is verdict
    assert said in found.next_action
    assert bool(found.next_action) is (verdict is not Verdict.OK)


@pytest.mark.parametrize("value", [CANARY + b"\n", CANARY + b"\r\n", b" " + CANARY])
@pytest.mark.parametrize("stored", [SCRAM, MD5])
def test_white_space_around_a_password_is_named_r38(value: bytes, stored: str) -> None:
    found = row(value, changed(verifier=stored))
    assert found.verdict is Verdict.DRIFT and "begins or ends with white space" in found.next_action
    other = row(value, changed(verifier=OTHER))
    assert "white space" not in other.next_action


def test_of_a_postgresql_that_is_down_no_verifier_is_known_r42() -> None:
    found = row(on=Server(None, [], ()))
    assert (found.verifier, found.role_state) == (Verifier.UNKNOWN, RoleState.UNKNOWN)


def test_a_rotation_that_has_not_come_to_its_end_is_named() -> None:
    for value in (CANARY, b"another", b""):
        rows = report({KEY: value}, server(), Consumers(), {KEY: b"next"})
        found = next(each for each in rows if each.role == names.APPLICATION_ROLE)
        assert found.verdict is Verdict.ROTATING and "rotate_credentials.yml" in found.next_action
        assert drifted([found])


def test_a_login_is_evidence_only_where_a_password_is_asked_for_u16() -> None:
    """Whom a rule trusts logs in with any password."""
    assert row().login_is_evidence
    assert not row(on=server(method="trust")).login_is_evidence
    unknown = row(on=server(method="ldap"))
    assert (unknown.login_method, unknown.login_is_evidence) == ("ldap", False)


def test_two_ways_of_being_asked_are_none() -> None:
    near = Rule("host", ("all",), ("all",), "10.0.0.1", "255.255.255.255", "trust")
    found = row(on=Server({ROLE.name: ROLE}, [near, rule("scram-sha-256")], ("10.0.0.1", "10.0.0.2")))
    assert (found.login_method, found.verdict) == ("unknown", Verdict.OK)


def test_fingerprints_are_equal_exactly_where_the_password_is_right_and_say_nothing_else() -> None:
    key = b"of this run"
    found = {each.role: each for each in fingerprints({KEY: CANARY}, {ROLE.name: ROLE}, key)}[ROLE.name]
    assert found.live == found.secret != "none"
    wrong = {each.role: each for each in fingerprints({KEY: b"x"}, {ROLE.name: ROLE}, key)}[ROLE.name]
    assert wrong.live == found.live != wrong.secret
    again = {each.role: each for each in fingerprints({KEY: CANARY}, {ROLE.name: ROLE}, b"another run")}[ROLE.name]
    assert again.live != found.live, "nobody can tell from two reports whether a password is the same"


ROLES = st.builds(
    Role,
    st.just(names.APPLICATION_ROLE),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", SCRAM, MD5, OTHER, "unknown form"]),
    st.integers(-1, 2),
    st.integers(0, 3),
    st.booleans(),
)
SERVERS = st.builds(
    Server,
    st.none() | st.just({}) | ROLES.map(lambda role: {role.name: role}),
    st.lists(st.sampled_from(["trust", "scram-sha-256", "md5", "reject", "ldap"]).map(rule), max_size=2),
    st.lists(st.sampled_from(["10.0.0.1", "10.0.0.2"]), max_size=2),
)
CONSUMERS = st.builds(
    Consumers,
    st.none() | st.dictionaries(st.just(names.APPLICATION_ROLE), st.sampled_from([CANARY.decode(), "old", SCRAM, OTHER])),
    st.dictionaries(st.just(KEY), st.just(["pod-1"])),
)


@settings(max_examples=1500)
@given(st.none() | st.sampled_from([b"", b" ", CANARY, b"another"]), SERVERS, CONSUMERS)
def test_every_combination_has_a_row_that_tells_no_secret(value: bytes | None, on: Server, consumers: Consumers) -> None:
    found = row(value, on, consumers)
    told = json.dumps(found.evidence()) + repr((on, consumers, found))
    for secret in (CANARY.decode(), SCRAM, MD5, OTHER):
        assert secret not in told
    if found.verdict is Verdict.OK:
        assert (found.secret_value, found.role_state, found.verifier_match) == (
            SecretValue.PRESENT,
            RoleState.PRESENT,
            Match.MATCH,
        )
        assert found.verifier in (Verifier.SCRAM, Verifier.MD5) and not found.stale_pods
    if on.roles is None and found.secret_value is SecretValue.PRESENT:
        assert found.verdict is Verdict.UNKNOWN and not drifted([found])
    if found.verdict is Verdict.DRIFT:
        assert found.role_state is RoleState.MISSING or found.verifier_match is Match.MISMATCH
