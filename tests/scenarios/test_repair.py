# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials that are lost, in part or whole, on a real appliance: each way back, and what none of them touches."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import time
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.scram import matches
from ansible_collections.alga.appliance.plugins.module_utils._core.names import ROLE_KEYS
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import CLAIM, NAMESPACE, Appliance, killed

SECRET = f"{NAMESPACE}/db-credentials"
# None of these playbooks needs a chart.
GIVEN = {"alga_chart": None}
CONFIRMED = {**GIVEN, "alga_confirm": SECRET}
KILLS = 12


def stored(appliance: Appliance) -> dict[str, str]:
    """Every role's verifier."""
    rows = appliance.sql("SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin", "postgres")
    return dict(row.split("|") for row in rows.splitlines())


def opens(appliance: Appliance) -> bool:
    """Whether the Secret's passwords are the roles' own."""
    secret, verifiers = appliance.secret(), stored(appliance)
    return all(matches(secret[key].encode(), verifiers[role], role=role) for role, key in ROLE_KEYS.items())


def saved(appliance: Appliance) -> dict[str, t.Any]:
    """The Secret as a backup has it."""
    found = json.loads(appliance.kubectl("get", "secret", "db-credentials", "-o", "json"))
    for name in ("resourceVersion", "uid", "creationTimestamp", "managedFields"):
        found["metadata"].pop(name, None)
    return dict(found)


def put(appliance: Appliance, secret: dict[str, t.Any]) -> None:
    appliance.kubectl("delete", "secret", secret["metadata"]["name"], "--ignore-not-found")
    appliance.kubectl("create", "-f", "-", stdin=json.dumps(secret))


def converged(appliance: Appliance) -> None:
    """The appliance is whole: recover brings helm's own record up to date at most, and then finds nothing to do."""
    assert appliance.playbook("recover").code == 0
    again = appliance.playbook("recover")
    assert (again.code, again.changed) == (0, 0), again.output


def test_a_lost_secret_is_rescued_through_the_socket_f2(fresh: Appliance) -> None:
    rows, identity, before = fresh.rows(), fresh.identifier(), saved(fresh)
    verifiers = stored(fresh)
    fresh.kubectl("delete", "secret", "db-credentials")
    refused = fresh.playbook("recover")
    assert refused.failed == 1 and "rescue_credentials.yml" in refused.message, refused.output

    objects, roles = fresh.objects(), fresh.roles()
    plan = fresh.playbook("rescue_credentials", "--check", "--diff", **GIVEN)
    assert plan.code == 0 and "app_user" in plan.output, plan.output
    unconfirmed = fresh.playbook("rescue_credentials", **GIVEN)
    assert unconfirmed.failed == 1 and "alga_confirm" in unconfirmed.message and "app_user" in unconfirmed.message
    assert (fresh.objects(), fresh.roles()) == (objects, roles)

    outcome = fresh.playbook("rescue_credentials", "-vvv", "--diff", **CONFIRMED)
    assert outcome.code == 0, outcome.output
    assert opens(fresh) and (fresh.rows(), fresh.identifier()) == (rows, identity)
    kept = fresh.secret("db-credentials-history")
    assert set(verifiers.values()) <= set(kept.values()), "nothing is lost, not even what nobody knows the password of"
    for hidden in (*fresh.secret().values(), *stored(fresh).values(), *verifiers.values()):
        assert hidden not in outcome.output
    assert before["data"] != saved(fresh)["data"]
    converged(fresh)
    assert fresh.playbook("rescue_credentials", **CONFIRMED).changed == 0


def test_a_server_that_cannot_start_without_its_secret_is_rescued_f2(fresh: Appliance) -> None:
    rows = fresh.rows()
    fresh.kubectl("delete", "secret", "db-credentials")
    fresh.kubectl("delete", "pod", "db-0", "--grace-period=1")

    def waiting() -> str | None:
        state = fresh.kubectl("get", "pod", "db-0", "--ignore-not-found", "-o", "jsonpath={..state.waiting.reason}")
        return None if "CreateContainerConfigError" in state else state or "no pod"

    wait_for("PostgreSQL's pod to miss its Secret", waiting, seconds=60)
    outcome = fresh.playbook("rescue_credentials", **CONFIRMED)
    assert outcome.code == 0, outcome.output
    assert opens(fresh) and fresh.rows() == rows
    converged(fresh)


def test_a_lost_secret_and_a_lost_release_come_back_in_three_steps_f2_f36(fresh: Appliance) -> None:
    rows = fresh.rows()
    fresh.helm("uninstall", "alga-core", "--wait")
    fresh.kubectl("delete", "secret", "db-credentials", "--ignore-not-found")
    first = fresh.playbook("rescue_credentials", **CONFIRMED)
    assert first.failed == 1 and "Run recover.yml" in first.message, first.output
    assert fresh.playbook("recover").failed == 1, "its roles still have other passwords"
    assert fresh.playbook("rescue_credentials", **CONFIRMED).code == 0
    converged(fresh)
    assert opens(fresh) and fresh.rows() == rows


def test_one_lost_key_is_rescued_and_no_other_role_is_touched_f3_u2(fresh: Appliance) -> None:
    fresh.kubectl(
        "patch", "secret", "db-credentials", "--type=json", "-p", '[{"op":"remove","path":"/data/DB_PASSWORD_HOCUSPOCUS"}]'
    )
    before, roles, objects = fresh.secret(), fresh.roles(), fresh.objects()
    refused = fresh.playbook("complete_credentials", **CONFIRMED)
    assert refused.failed == 1 and "hocuspocus_user" in refused.message, refused.output
    assert (fresh.roles(), fresh.objects()) == (roles, objects)

    assert fresh.playbook("rescue_credentials", **CONFIRMED).code == 0
    after = fresh.secret()
    assert {key for key in after if after[key] != before.get(key)} == {"DB_PASSWORD_HOCUSPOCUS"}
    changed = set(fresh.roles().splitlines()) ^ set(roles.splitlines())
    assert {line.partition("|")[0] for line in changed} == {"hocuspocus_user"}
    assert opens(fresh)
    converged(fresh)


def test_a_missing_key_is_completed_where_its_role_does_not_exist_f3(fresh: Appliance) -> None:
    fresh.sql("DROP DATABASE IF EXISTS hocuspocus WITH (FORCE)", "postgres")
    fresh.sql("DROP ROLE hocuspocus_user", "postgres")
    fresh.kubectl(
        "patch", "secret", "db-credentials", "--type=json", "-p", '[{"op":"remove","path":"/data/DB_PASSWORD_HOCUSPOCUS"}]'
    )
    before, roles = fresh.secret(), fresh.roles()
    plan = fresh.playbook("complete_credentials", "--check", **GIVEN)
    assert plan.code == 0 and plan.changed == 1 and fresh.secret() == before, plan.output
    assert fresh.playbook("complete_credentials", **CONFIRMED).code == 0
    after = fresh.secret()
    assert {key: after[key] for key in before} == before and after["DB_PASSWORD_HOCUSPOCUS"]
    assert fresh.roles() == roles
    converged(fresh)
    assert opens(fresh)


def test_a_secret_of_another_name_is_adopted_byte_for_byte(fresh: Appliance) -> None:
    fresh.kubectl(
        "patch",
        "secret",
        "db-credentials",
        "--type=merge",
        "-p",
        '{"metadata":{"annotations":{"alga.appliance/system-identifier":null}}}',
    )
    kept = saved(fresh)
    elsewhere = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "by-hand"}, "data": kept["data"]}
    wrong = base64.b64encode(b"of another appliance").decode()
    foreign = {**elsewhere, "metadata": {"name": "foreign"}, "data": {**kept["data"], "DB_PASSWORD_SERVER": wrong}}
    fresh.kubectl("delete", "secret", "db-credentials")
    put(fresh, elsewhere)
    put(fresh, foreign)
    roles = fresh.roles()
    refused = fresh.playbook("adopt_credentials", alga_adopt_secret="foreign", **CONFIRMED)
    assert refused.failed == 1 and "app_user" in refused.message, refused.output
    outcome = fresh.playbook("adopt_credentials", alga_adopt_secret="by-hand", **CONFIRMED)
    assert outcome.code == 0, outcome.output
    found = saved(fresh)
    assert found["data"] == kept["data"]
    assert found["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert fresh.playbook("adopt_credentials", alga_adopt_secret="by-hand", **CONFIRMED).changed == 0
    assert fresh.roles() == roles
    fresh.kubectl("delete", "secret", "by-hand", "foreign")
    converged(fresh)
    assert saved(fresh)["metadata"]["annotations"]["alga.appliance/system-identifier"] == fresh.identifier()


@pytest.mark.parametrize("name", ["adopt_credentials", "rescue_credentials"])
def test_the_data_of_another_appliance_is_left_alone(fresh: Appliance, name: str) -> None:
    def bind(identity: str) -> None:
        marks = {"metadata": {"annotations": {"alga.appliance/system-identifier": identity}}}
        fresh.kubectl("patch", "persistentvolumeclaim", CLAIM, "--type=merge", "-p", json.dumps(marks))

    bind("1")
    before = fresh.objects(), fresh.roles()
    refused = fresh.playbook(name, **CONFIRMED)
    assert refused.failed == 1 and CLAIM in refused.message, refused.output
    assert (fresh.objects(), fresh.roles()) == before
    bind(fresh.identifier())


def test_a_rescue_that_is_killed_is_finished_by_the_next(fresh: Appliance) -> None:
    rows = fresh.rows()
    command = fresh.command("rescue_credentials", **CONFIRMED)
    fresh.kubectl("delete", "secret", "db-credentials")
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    whole = time.monotonic() - began
    codes = []
    for number in range(KILLS):
        fresh.kubectl("delete", "secret", "db-credentials", "--ignore-not-found")
        codes.append(killed(command, whole * (0.15 + 0.85 * number / KILLS)))
        finished = fresh.playbook("rescue_credentials", **CONFIRMED)
        assert finished.code == 0, finished.output
        assert opens(fresh) and fresh.rows() == rows
    assert codes.count(-signal.SIGKILL) > KILLS // 2, codes
    converged(fresh)
