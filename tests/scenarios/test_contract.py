# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract over an appliance's life: what nothing changes, in which order things come, and passwords of any bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.scram import matches
from ansible_collections.alga.appliance.plugins.module_utils._core.names import ROLE_KEYS
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import NAMESPACE, ROWS, Appliance, empty_place

CONFIRMED = {"alga_confirm": f"{NAMESPACE}/db-credentials", "alga_chart": None}
# Each begins with a canary that no log and no output may show.
HARD = {
    # The image's initdb reads the superuser's password from the first line of a file, so that one has no newline.
    "DB_PASSWORD_SUPERUSER": "canary-1 '\"\\%s $HOME; DROP ROLE postgres --",
    "DB_PASSWORD_SERVER": "canary-2 'quoted' \"twice\" 100% \\ back\\\\slash $(id) \n and a second line\t ",
    "DB_PASSWORD_PGBOUNCER": "canary-3" + "x" * 992,
    # U+00AA, a soft hyphen and a no-break space, which SASLprep maps; an umlaut, which it leaves.
    "DB_PASSWORD_HOCUSPOCUS": "canary-4 \u00aa\u00ad\u00a0\u00fc",
}


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """An appliance whose operator had made the Secret before, with passwords of hard bytes."""
    with empty_place(tmp_path_factory.mktemp("hard")) as place:
        place.kubectl("create", "namespace", NAMESPACE)
        data = {key: base64.b64encode(value.encode()).decode() for key, value in HARD.items()}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db-credentials"}, "data": data}
        place.kubectl("create", "-f", "-", stdin=json.dumps(secret))
        outcome = place.playbook("fresh", "-vvv", "--diff")
        assert outcome.code == 0, outcome.output
        assert "canary" not in outcome.output
        place.sql("ALTER SYSTEM SET log_statement = 'all'", "postgres")
        place.sql("ALTER SYSTEM SET log_min_duration_statement = 0", "postgres")
        place.sql("SELECT pg_reload_conf()", "postgres")
        yield place


def assert_opens(appliance: Appliance) -> None:
    """The Secret's passwords are the roles' own."""
    rows = appliance.sql("SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin", "postgres").splitlines()
    stored, secret = dict(row.split("|") for row in rows), appliance.secret()
    assert all(matches(secret[key].encode(), stored[role], role=role) for role, key in ROLE_KEYS.items())


def log(appliance: Appliance) -> str:
    """PostgreSQL's own."""
    return appliance.kubectl("logs", "db-0", "-c", "db")


def test_passwords_of_any_bytes_open_everything_f7_f9_u15(hard: Appliance) -> None:
    assert hard.secret() == HARD, "byte for byte"
    assert_opens(hard)
    assert hard.rows() == ROWS
    report = hard.module("alga_appliance_info")
    assert [row["verifier_match"] for row in report["evidence"]["credentials"]["roles"]] == ["match"] * 4


def test_no_action_writes_a_password_into_postgresql_s_log_or_its_own_output_f9_f10_u15(hard: Appliance) -> None:
    hard.sql("DROP DATABASE IF EXISTS hocuspocus WITH (FORCE)", "postgres")
    hard.sql("DROP ROLE hocuspocus_user", "postgres")
    outputs = [hard.playbook("recover", "-vvv", "--diff")]
    role = {"alga_rotate_roles": "app_user"}
    outputs.append(hard.playbook("rotate_credentials", "-vvv", "--diff", **role, **CONFIRMED))
    hard.kubectl(
        "patch", "secret", "db-credentials", "--type=json", "-p", '[{"op":"remove","path":"/data/DB_PASSWORD_HOCUSPOCUS"}]'
    )
    outputs.append(hard.playbook("rescue_credentials", "-vvv", "--diff", **CONFIRMED))
    outputs.append(hard.playbook("status", "-vvv", "--diff"))
    assert [outcome.code for outcome in outputs] == [0] * 4, next(each.output for each in outputs if each.code)
    told = log(hard)
    assert "CREATE ROLE" in told and "ALTER ROLE" in told, "otherwise nothing was logged"
    for text in (told, *(outcome.output for outcome in outputs)):
        assert "canary" not in text
        assert [value for value in hard.secret().values() if value in text] == []
    assert_opens(hard)


def test_a_role_is_made_with_its_password_and_never_altered_f8(hard: Appliance) -> None:
    hard.sql("DROP DATABASE IF EXISTS hocuspocus WITH (FORCE)", "postgres")
    hard.sql("DROP ROLE hocuspocus_user", "postgres")
    before = log(hard)
    assert hard.playbook("recover").code == 0
    lines = [line for line in log(hard)[len(before) :].splitlines() if "ROLE" in line and "statement" in line]
    assert [line for line in lines if "CREATE ROLE" in line and "SCRAM-SHA-256" in line], lines
    assert [line for line in lines if "ALTER ROLE" in line or "placeholder" in line] == []
    assert_opens(hard)


def test_everything_comes_in_its_order_f4(fresh: Appliance) -> None:
    def when(kind: str, name: str, field: str = "{.metadata.creationTimestamp}") -> str:
        return fresh.kubectl("get", kind, name, "-o", f"jsonpath={field}")

    # In Kubernetes' form, which has no fractions of a second.
    began, ended = (
        fresh.sql(
            f"""SELECT to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM alga_appliance.runs"""  # noqa: S608
        )
        for column in ("started_at", "finished_at")
    )
    pod = fresh.kubectl("get", "pods", "-l", "app.kubernetes.io/component=main", "-o", "jsonpath={.items[0].metadata.name}")
    server = when("pod", "db-0", "{.status.containerStatuses[0].state.running.startedAt}")
    order = [
        # What its volume holds is looked at before a Secret is made over it (R1).
        ("the claim", when("persistentvolumeclaim", "alga-core-sebastian-postgres-data")),
        ("the Secret", when("secret", "db-credentials")),
        ("PostgreSQL's StatefulSet", when("statefulset", "db")),
        ("PostgreSQL", server),
        ("the bootstrap's begin", began),
        ("the bootstrap's end", ended),
        ("the application", when("pod", pod)),
    ]
    assert [moment for _name, moment in order] == sorted(moment for _name, moment in order), order


def test_no_playbook_touches_a_role_or_a_secret(fresh: Appliance) -> None:
    def contract() -> tuple[str, dict[str, str]]:
        data = fresh.kubectl("get", "secrets", "-o", "jsonpath={range .items[*]}{.metadata.name} {.type} {.data}{'\\n'}{end}")
        return fresh.roles(), {line.split()[0]: line for line in data.splitlines() if "helm.sh/release" not in line}

    before = contract()
    for name, options, variables in (
        ("status", (), {}),
        ("recover", ("--check", "--diff"), {}),
        ("recover", (), {}),
        ("recover", (), {"alga_values": {"server": {"podAnnotations": {"a": "b"}}}}),
        ("complete_credentials", (), CONFIRMED),
        ("adopt_credentials", (), CONFIRMED),
        ("rescue_credentials", (), CONFIRMED),
        ("rotate_credentials", ("--check",), CONFIRMED),
        ("rebind_volumes", (), {}),
    ):
        outcome = fresh.playbook(name, *options, **variables)
        assert outcome.code == 0, outcome.output
        assert contract() == before, (name, options)
    assert fresh.playbook("fresh").failed == 1
    assert contract() == before


def test_another_value_in_the_secret_does_not_reach_a_role_by_a_restart_f6(fresh: Appliance) -> None:
    roles, kept = fresh.roles(), fresh.secret()["DB_PASSWORD_SUPERUSER"]

    def superuser(value: str) -> None:
        data = {"data": {"DB_PASSWORD_SUPERUSER": base64.b64encode(value.encode()).decode()}}
        fresh.kubectl("patch", "secret", "db-credentials", "--type=merge", "-p", json.dumps(data))

    superuser("somebody's new one")
    fresh.kubectl("delete", "pod", "db-0", "--grace-period=1")
    fresh.kubectl("wait", "--for=condition=Ready", "pod/db-0", "--timeout=150s")
    # Ready is the pod's word from before, and PostgreSQL may still be starting.
    wait_for("PostgreSQL to answer", lambda: fresh.says_no("SELECT true", "postgres"), seconds=60)
    assert fresh.roles() == roles, "POSTGRES_PASSWORD is read once in the life of the data"
    refused = fresh.playbook("recover")
    assert refused.failed == 1 and "password" in refused.message, refused.output
    assert fresh.roles() == roles
    superuser(kept)
    assert fresh.playbook("recover").code == 0


def test_the_shared_key_is_made_once_and_never_again_f15(fresh: Appliance) -> None:
    kept = json.loads(fresh.kubectl("get", "secret", "alga-psa-shared", "-o", "json"))
    assert fresh.playbook("recover").code == 0
    assert json.loads(fresh.kubectl("get", "secret", "alga-psa-shared", "-o", "json"))["data"] == kept["data"]
    fresh.kubectl("delete", "secret", "alga-psa-shared")
    for options in (("--check",), ()):
        refused = fresh.playbook("recover", *options)
        assert refused.failed == 1 and "alga-psa-shared" in refused.message, refused.output
        assert "alga-psa-shared" not in fresh.kubectl("get", "secrets", "-o", "name")
    del kept["metadata"]["resourceVersion"], kept["metadata"]["uid"]
    fresh.kubectl("create", "-f", "-", stdin=json.dumps(kept))
    assert fresh.playbook("recover").code == 0
