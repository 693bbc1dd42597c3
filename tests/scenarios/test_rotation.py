# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""New passwords on a real appliance with a real PgBouncer: killed at any instant, a password that is known opens every role."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import time

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.scram import matches
from ansible_collections.alga.appliance.plugins.module_utils._core.names import ROLE_KEYS
from ansible_collections.alga.appliance.tests.scenarios.appliance import CHART, NAMESPACE, Appliance, killed

SECRET = f"{NAMESPACE}/db-credentials"
CONFIRMED = {"alga_confirm": SECRET, "alga_chart": None}
KILLS = 50


@pytest.fixture(scope="module")
def pooled(fresh: Appliance) -> Appliance:
    """An appliance with the real chart's pooler beside it."""
    fresh.helm("install", "pgbouncer", str(CHART.parent / "pgbouncer"))
    fresh.kubectl("wait", "--for=condition=Available", "deployment/pgbouncer", "--timeout=150s")
    return fresh


def verifiers(appliance: Appliance) -> dict[str, tuple[str, str]]:
    """Every role's last writing transaction and its verifier."""
    rows = appliance.sql("SELECT rolname, xmin, rolpassword FROM pg_authid WHERE rolcanlogin", "postgres")
    return {name: (xmin, verifier) for name, xmin, verifier in (row.split("|") for row in rows.splitlines())}


def written_down(appliance: Appliance) -> dict[str, str]:
    found = appliance.kubectl("get", "secret", "db-credentials-next", "--ignore-not-found", "-o", "json")
    data = json.loads(found)["data"] if found else {}
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def opens(password: str, role: str, stored: str) -> bool:
    return bool(matches(password.encode(), stored, role=role))


def assert_finished(appliance: Appliance) -> None:
    secret, stored = appliance.secret(), verifiers(appliance)
    assert all(opens(secret[key], role, stored[role][1]) for role, key in ROLE_KEYS.items())
    assert not written_down(appliance)
    answer = appliance.module("alga_appliance_info")
    assert [row["verdict"] for row in answer["evidence"]["credentials"]["roles"]] == ["ok"] * 4, answer["evidence"][
        "credentials"
    ]["roles"]


def test_what_is_not_confirmed_touches_nothing(pooled: Appliance) -> None:
    before = pooled.objects(), pooled.roles()
    for confirm in (None, "msp", "other/db-credentials"):
        refused = pooled.playbook("rotate_credentials", **{**CONFIRMED, "alga_confirm": confirm})
        assert refused.failed == 1 and "alga_confirm" in refused.message, refused.output
    assert (pooled.objects(), pooled.roles()) == before


def test_one_role_gets_a_new_password_and_no_other_is_touched(pooled: Appliance) -> None:
    before, stored = pooled.secret(), verifiers(pooled)
    objects = pooled.objects()
    plan = pooled.playbook("rotate_credentials", "--check", "--diff", alga_rotate_roles="app_user_pgbouncer", **CONFIRMED)
    assert plan.code == 0 and plan.changed == 1, plan.output
    assert (pooled.objects(), verifiers(pooled)) == (objects, stored)

    outcome = pooled.playbook("rotate_credentials", "-vvv", "--diff", alga_rotate_roles="app_user_pgbouncer", **CONFIRMED)
    assert outcome.code == 0, outcome.output
    after, now = pooled.secret(), verifiers(pooled)
    assert {key for key in before if before[key] != after[key]} == {"DB_PASSWORD_PGBOUNCER"}
    assert {role for role in stored if stored[role] != now[role]} == {"app_user_pgbouncer"}
    assert_finished(pooled)
    history = pooled.secret("db-credentials-history")
    assert before["DB_PASSWORD_PGBOUNCER"] in history.values()
    for password in (*before.values(), *after.values(), *(verifier for _xmin, verifier in now.values())):
        assert password not in outcome.output


def test_all_roles_and_the_application_answers_afterwards(pooled: Appliance) -> None:
    before = pooled.secret()
    outcome = pooled.playbook("rotate_credentials", **CONFIRMED)
    assert outcome.code == 0, outcome.output
    after = pooled.secret()
    assert all(before[key] != after[key] for key in ROLE_KEYS.values())
    assert_finished(pooled)
    # helm's own record still has the old passwords, and is brought up to date once.
    assert pooled.playbook("recover").code == 0
    stored = verifiers(pooled)
    recovered = pooled.playbook("recover")
    assert (recovered.code, recovered.changed) == (0, 0), recovered.output
    assert verifiers(pooled) == stored


def test_a_password_that_somebody_else_changed_is_refused_u5(pooled: Appliance) -> None:
    stored = verifiers(pooled)["hocuspocus_user"][1]
    pooled.sql("ALTER ROLE hocuspocus_user PASSWORD 'somebody else'", "postgres")
    before = pooled.objects(), pooled.roles()
    refused = pooled.playbook("rotate_credentials", alga_rotate_roles="hocuspocus_user", **CONFIRMED)
    assert refused.failed == 1 and "hocuspocus_user" in refused.message, refused.output
    assert (pooled.objects(), pooled.roles()) == before
    pooled.sql(f"ALTER ROLE hocuspocus_user PASSWORD '{stored}'", "postgres")


def test_a_working_pair_after_every_one_of_fifty_kills(pooled: Appliance) -> None:
    options = {"kubeconfig": pooled.kubeconfig, "roles": ["app_user_pgbouncer"], "confirm": SECRET}
    command = ["ansible", "localhost", "-m", "alga.appliance.alga_credential_rotation", "-a", json.dumps(options)]

    def rotate() -> float:
        """Rotate, or end the rotation that was begun; the seconds that it took."""
        began = time.monotonic()
        subprocess.run(command, check=True, capture_output=True)
        return time.monotonic() - began

    codes: list[int] = []
    begun, whole = 0, 0.0
    while len(codes) < KILLS or codes.count(-signal.SIGKILL) <= KILLS // 2 or begun <= KILLS // 4:
        number = len(codes)
        assert number < 3 * KILLS, f"too few of these were killed, or in the middle of a rotation ({begun}): {codes}"
        if number % (KILLS // 2) == 0:
            # A machine that other work keeps busy is not as fast as a moment ago: the same second is another instant then.
            rotate()
            whole = rotate()
        # Seven and fifty have no factor in common: each instant is met once, early and late ones by turns.
        codes.append(killed(command, whole * (0.15 + 0.85 * (7 * number % KILLS) / KILLS)))
        secret, following, stored = pooled.secret(), written_down(pooled), verifiers(pooled)
        for role, key in ROLE_KEYS.items():
            known = {secret[key], following.get(key, secret[key])}
            assert any(opens(password, role, stored[role][1]) for password in known), (number, role)
        if following:
            begun += 1
            answer = pooled.module("alga_appliance_info")
            verdicts = {row["role"]: row["verdict"] for row in answer["evidence"]["credentials"]["roles"]}
            assert verdicts["app_user_pgbouncer"] == "rotating", (number, answer["evidence"]["credentials"]["roles"])
            assert "rotate_credentials.yml" in answer["next_action"]
    rotate()
    assert_finished(pooled)
    recovered = pooled.playbook("recover")
    assert recovered.code == 0, recovered.output


def test_a_secret_that_cannot_be_changed_is_found_before_postgresql_changes_r6(pooled: Appliance) -> None:
    before = verifiers(pooled)
    pooled.kubectl("patch", "secret", "db-credentials", "--type=merge", "-p", '{"immutable": true}')
    for options in (("--check",), ()):
        outcome = pooled.playbook("rotate_credentials", *options, **CONFIRMED, alga_rotate_roles="app_user")
        assert outcome.failed == 1 and "immutable" in outcome.message and "was not changed" in outcome.message, outcome.output
    assert verifiers(pooled) == before and not written_down(pooled)
    # What is immutable stays so: the Secret is made again from what it was.
    kept = json.loads(pooled.kubectl("get", "secret", "db-credentials", "-o", "json"))
    del kept["immutable"], kept["metadata"]["uid"], kept["metadata"]["resourceVersion"]
    pooled.kubectl("replace", "--force", "-f", "-", stdin=json.dumps(kept))
    done = pooled.playbook("rotate_credentials", **CONFIRMED, alga_rotate_roles="app_user")
    assert done.code == 0, done.output
    assert_finished(pooled)


def test_a_pooler_that_cannot_log_in_keeps_the_rotation_open_f11(pooled: Appliance) -> None:
    """Its port answers all the while, so its pod is Ready (F11)."""
    variables = {**CONFIRMED, "alga_rotate_roles": "app_user_pgbouncer"}
    pooled.sql("ALTER ROLE app_user_pgbouncer NOLOGIN", "postgres")
    try:
        # Longer than a pooler may take to end for its restart, which is waited for first.
        outcome = pooled.playbook("rotate_credentials", alga_progress_timeout=40, **variables)
        assert outcome.failed == 1 and "app_user_pgbouncer" in outcome.message, outcome.output
        assert written_down(pooled), "it goes on from here"
    finally:
        pooled.sql("ALTER ROLE app_user_pgbouncer LOGIN", "postgres")
    assert pooled.playbook("rotate_credentials", **variables).code == 0
    assert_finished(pooled)
