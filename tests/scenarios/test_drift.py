# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift report on a real appliance with a real PgBouncer: what differs is named, nothing is changed, nothing is shown."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.scenarios.appliance import CHART, Appliance, Outcome

ROLES = ("postgres", "app_user", "app_user_pgbouncer", "hocuspocus_user")
KEYS = {
    "postgres": "DB_PASSWORD_SUPERUSER",
    "app_user": "DB_PASSWORD_SERVER",
    "app_user_pgbouncer": "DB_PASSWORD_PGBOUNCER",
    "hocuspocus_user": "DB_PASSWORD_HOCUSPOCUS",
}
CANARY = "canary 'of\" %a\\ test"
Row = dict[str, t.Any]


@pytest.fixture(scope="module")
def pooled(fresh: Appliance) -> Appliance:
    """An appliance with the real chart's pooler beside it."""
    fresh.helm("install", "pgbouncer", str(CHART.parent / "pgbouncer"))
    fresh.kubectl("wait", "--for=condition=Available", "deployment/pgbouncer", "--timeout=150s")
    return fresh


@pytest.fixture
def undone(pooled: Appliance) -> Iterator[Appliance]:
    """The same, with its Secret and its roles as they were afterwards."""
    before = pooled.secret()
    verifiers = dict(
        line.split("|")
        for line in pooled.sql("SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin", "postgres").splitlines()
    )
    yield pooled
    write(pooled, **before)
    for role, verifier in verifiers.items():
        alter(pooled, role, f"LOGIN PASSWORD '{verifier}' VALID UNTIL 'infinity' CONNECTION LIMIT -1")


def write(appliance: Appliance, **passwords: str) -> None:
    """Change keys of the Secret from outside."""
    data = {key: base64.b64encode(value.encode()).decode() for key, value in passwords.items()}
    appliance.kubectl(
        "patch", "secret", "db-credentials", "--type=merge", "--patch-file=/dev/stdin", stdin=json.dumps({"data": data})
    )


def restart_pooler(appliance: Appliance) -> None:
    appliance.kubectl("rollout", "restart", "deployment/pgbouncer")
    appliance.kubectl("rollout", "status", "deployment/pgbouncer", "--timeout=150s")


def alter(appliance: Appliance, role: str, change: str) -> None:
    appliance.sql(f"ALTER ROLE {role} {change}", "postgres")


def compared(appliance: Appliance) -> tuple[dict[str, t.Any], dict[str, Row]]:
    """The report, which must have changed nothing."""
    before = appliance.objects(), appliance.roles()
    answer = appliance.module("alga_appliance_info")
    assert (appliance.objects(), appliance.roles()) == before
    assert not answer["changed"] and not answer["failed"], answer
    return answer, {row["role"]: row for row in answer["evidence"]["credentials"]["roles"]}


def test_an_appliance_as_it_should_be_has_no_drift(pooled: Appliance) -> None:
    answer, rows = compared(pooled)
    report = answer["evidence"]["credentials"]
    assert tuple(rows) == ROLES and report["schema"] == 1 and not report["not_compared"]
    for role, row in rows.items():
        assert row["verdict"] == "ok", row
        assert (row["secret_key"], row["verifier"], row["verifier_match"]) == (KEYS[role], "scram", "match")
        assert (row["login_method"], row["login_is_evidence"]) == ("scram-sha-256", True)
        assert row["pooler_match"] == ("match" if role in ("postgres", "app_user_pgbouncer") else None)
    assert not answer["drift"]


def test_a_role_that_was_altered_is_named_and_a_pipeline_fails_f1(undone: Appliance) -> None:
    alter(undone, "app_user", "PASSWORD 'somebody was here'")
    answer, rows = compared(undone)
    assert answer["drift"] and rows["app_user"]["verdict"] == "drift"
    assert [role for role, row in rows.items() if row["verdict"] != "ok"] == ["app_user"]
    assert "DB_PASSWORD_SERVER" in answer["next_action"]

    before = undone.objects(), undone.roles()
    refused = undone.playbook("recover", alga_fail_on_drift=True)
    assert refused.failed == 1 and "DB_PASSWORD_SERVER" in refused.message, refused.output
    assert (undone.objects(), undone.roles()) == before

    status = undone.playbook("status")
    assert status.code == 0 and "app_user (DB_PASSWORD_SERVER present" in status.output, status.output
    assert undone.playbook("recover").code == 0
    assert undone.roles() == before[1], "no playbook changes a password by itself (U5)"


def test_a_secret_that_was_changed_is_named_with_whoever_still_has_the_old_value_u12(undone: Appliance) -> None:
    write(undone, DB_PASSWORD_PGBOUNCER=CANARY)
    answer, rows = compared(undone)
    row = rows["app_user_pgbouncer"]
    assert (row["verdict"], row["verifier_match"], row["pooler_match"]) == ("drift", "mismatch", "mismatch")
    assert [pod.rsplit("-", 2)[0] for pod in row["stale_pods"]] == ["pgbouncer"]
    assert answer["drift"]


def test_a_password_changed_on_both_sides_is_old_in_its_consumers_f11_u12(undone: Appliance) -> None:
    first = undone.secret()["DB_PASSWORD_PGBOUNCER"]
    write(undone, DB_PASSWORD_PGBOUNCER=CANARY)
    quoted = CANARY.replace("'", "''")
    alter(undone, "app_user_pgbouncer", f"PASSWORD '{quoted}'")
    _answer, rows = compared(undone)
    row = rows["app_user_pgbouncer"]
    assert (row["verdict"], row["verifier_match"], row["pooler_match"]) == ("stale_consumer", "match", "mismatch")
    restart_pooler(undone)
    answer = undone.module("alga_appliance_info")
    rows = {row["role"]: row for row in answer["evidence"]["credentials"]["roles"]}
    # The chart's own entrypoint writes no password with quotes that PgBouncer could read; the pods have the new one.
    assert not rows["app_user_pgbouncer"]["stale_pods"] and not answer["changed"]
    write(undone, DB_PASSWORD_PGBOUNCER=first)
    restart_pooler(undone)


@pytest.mark.parametrize(
    ("change", "state", "said"),
    [
        ("NOLOGIN", "nologin", "LOGIN"),
        ("VALID UNTIL '2020-01-01'", "expired", "VALID UNTIL"),
        ("CONNECTION LIMIT 0", "full", "CONNECTION LIMIT"),
        ("PASSWORD NULL", "no_password", "no password"),
    ],
)
def test_a_right_password_that_cannot_log_in_is_a_row_of_its_own(undone: Appliance, change: str, state: str, said: str) -> None:
    alter(undone, "hocuspocus_user", change)
    answer, rows = compared(undone)
    row = rows["hocuspocus_user"]
    assert (row["verdict"], row["role_state"]) == ("cannot_log_in", state)
    assert said in row["next_action"] and answer["drift"]


def test_an_md5_verifier_where_scram_is_asked_for_f5(undone: Appliance) -> None:
    password = undone.secret()["DB_PASSWORD_HOCUSPOCUS"]
    digest = hashlib.md5(f"{password}hocuspocus_user".encode(), usedforsecurity=False).hexdigest()
    alter(undone, "hocuspocus_user", f"PASSWORD 'md5{digest}'")
    _answer, rows = compared(undone)
    row = rows["hocuspocus_user"]
    assert (row["verdict"], row["verifier"], row["verifier_match"]) == ("cannot_log_in", "md5", "match")


def test_a_key_that_is_missing_or_empty_is_named_f3_u2(undone: Appliance) -> None:
    write(undone, DB_PASSWORD_HOCUSPOCUS=" \n")
    answer, rows = compared(undone)
    assert rows["hocuspocus_user"]["secret_value"] == "empty" and rows["hocuspocus_user"]["verdict"] == "incomplete"
    report = answer["evidence"]["credentials"]
    assert report["state"] == "partial" and report["missing_keys"] == ["DB_PASSWORD_HOCUSPOCUS"]


PASSWORDS = (
    CANARY,
    "a b\n\tc ",
    "%s%d%%",
    "\\n\\\\'\"\"''",
    "\u2168 soft\u00adhyphen a\u00a0b",
    "\u0627\u0031",
    "p\u00e4ss\u212b",
    "x" * 1000,
)


@pytest.mark.parametrize("password", PASSWORDS, ids=range(len(PASSWORDS)))
def test_every_password_is_compared_as_postgresql_does(undone: Appliance, password: str) -> None:
    """PostgreSQL itself makes the verifier here, of the same bytes; and it opens the role for a real client."""
    write(undone, DB_PASSWORD_HOCUSPOCUS=password)
    quoted = password.replace("'", "''")
    alter(undone, "hocuspocus_user", f"PASSWORD '{quoted}'")
    _answer, rows = compared(undone)
    assert rows["hocuspocus_user"]["verifier_match"] == "match"
    answer = undone.module(
        "alga_pg_state",
        kubeconfig=None,
        login_host=undone.kubectl("get", "pod", "db-0", "-o", "jsonpath={.status.podIP}"),
        ssl_mode="disable",
        login_user="hocuspocus_user",
        login_password=password,
        database="hocuspocus",
    )
    assert answer["state"] != "auth_failed", answer


def verdict(outcome: Outcome) -> list[str]:
    """What the last task of status and of recover shows: what is here, what to do next, and a line a role."""
    assert outcome.code == 0, outcome.output
    _before, _task, shown = outcome.output.partition("TASK [alga.appliance.status : Show the verdict]")
    told: list[str] = json.loads(re.findall(r'"msg": (\[.*?\n    \])', shown, re.DOTALL)[0])
    return told


def test_what_breaks_at_the_next_restart_is_said_first_r34(undone: Appliance) -> None:
    """The application runs on with the connections that it has; an md5 verifier is drift as any other is."""
    undone.sql("SET password_encryption = md5; ALTER ROLE app_user PASSWORD 'somebody was here'", "postgres")
    before = undone.objects(), undone.roles()
    for name in ("status", "recover"):
        outcome = undone.playbook(name)
        message, action, *_roles = verdict(outcome)
        assert outcome.changed == 0
        assert message.startswith("The next restart of the application will fail, because these logins fail: app_user.")
        assert action.startswith("The password in DB_PASSWORD_SERVER does not match role app_user")
    assert (undone.objects(), undone.roles()) == before


def test_status_says_what_recover_does_about_migrations_that_the_image_does_not_know_r22(undone: Appliance) -> None:
    undone.sql("INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('20990101_later.cjs', 9, now())")
    try:
        message, action, *_roles = verdict(undone.playbook("status"))
        refused = undone.playbook("recover")
        assert refused.failed == 1 and "20990101_later.cjs" in refused.message
        assert "20990101_later.cjs" in message and "downgrade" in action
    finally:
        undone.sql("DELETE FROM knex_migrations WHERE name = '20990101_later.cjs'")
    # The last one of the image is pending then.
    undone.sql("CREATE TABLE aside AS SELECT * FROM knex_migrations ORDER BY id DESC LIMIT 1")
    undone.sql("DELETE FROM knex_migrations WHERE id = (SELECT id FROM aside)")
    try:
        message, action, *_roles = verdict(undone.playbook("status"))
        assert "lacks 1 migration, starting with" in message and action == "Run recover.yml, which migrates in place."
    finally:
        undone.sql("INSERT INTO knex_migrations SELECT * FROM aside; DROP TABLE aside")


def test_rows_that_are_missing_are_said_first_and_leave_nothing_down_r31(undone: Appliance) -> None:
    undone.sql("CREATE TABLE aside AS SELECT * FROM permissions; SET session_replication_role = replica; DELETE FROM permissions")
    try:
        for name in ("status", "recover"):
            message, action, *_roles = verdict(undone.playbook(name))
            assert message.startswith("Rows are missing in permissions."), name
            assert "restore them from a backup" in action and "Nothing needs to be done" not in action
    finally:
        undone.sql("SET session_replication_role = replica; INSERT INTO permissions SELECT * FROM aside; DROP TABLE aside")


def test_nothing_of_a_password_is_shown_f10(undone: Appliance) -> None:
    write(undone, DB_PASSWORD_PGBOUNCER=CANARY)
    alter(undone, "app_user", "PASSWORD 'another canary'")
    said = [
        undone.playbook("status", "-vvv", "--diff").output,
        undone.playbook("recover", "-vvv", "--check", "--diff").output,
        undone.playbook("recover", "-vvv", "--diff", alga_fail_on_drift=True).output,
        json.dumps(undone.module("alga_appliance_info")),
    ]
    secrets = [*undone.secret().values(), "another canary"]
    secrets += undone.sql("SELECT rolpassword FROM pg_authid WHERE rolcanlogin", "postgres").splitlines()
    for text in said:
        assert "verifier of app_user" in text or "verifier_match" in text
        for secret in secrets:
            assert secret not in text and json.dumps(secret)[1:-1] not in text
            assert base64.b64encode(secret.encode()).decode() not in text


def test_who_is_trusted_proves_nothing_and_drift_is_seen_all_the_same_u16(undone: Appliance) -> None:
    rules = undone.sql("SHOW hba_file", "postgres")

    def rewrite(script: str) -> None:
        undone.kubectl("exec", "db-0", "-c", "db", "--", "sed", "-i", script, rules)
        undone.sql("SELECT pg_reload_conf()", "postgres")

    rewrite(r"s/^host all all all scram-sha-256$/host all all all trust/")
    try:
        write(undone, DB_PASSWORD_HOCUSPOCUS=CANARY)
        _answer, rows = compared(undone)
        assert {row["login_method"] for row in rows.values()} == {"trust"}
        assert not any(row["login_is_evidence"] for row in rows.values())
        assert rows["hocuspocus_user"]["verdict"] == "drift"
    finally:
        rewrite(r"s/^host all all all trust$/host all all all scram-sha-256/")


def worker(*keys: str) -> dict[str, t.Any]:
    """The Deployment of a worker's release, whose image is nowhere."""
    environment = [{"name": key, "valueFrom": {"secretKeyRef": {"name": "workflow-worker-secrets", "key": key}}} for key in keys]
    container = {"name": "worker", "image": "localhost:1/no/such-image:1", "env": environment}
    labels = {"app": "workflow-worker"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "workflow-worker", "annotations": {"meta.helm.sh/release-name": "workflow-worker"}},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], "terminationGracePeriodSeconds": 0}},
        },
    }


def test_what_a_worker_s_chart_ships_to_everybody_and_what_is_not_equal_are_named_f13_f14(undone: Appliance) -> None:
    kept = undone.secret("alga-core-sebastian-secrets")
    literals = {
        "NEXTAUTH_SECRET": "not the application's",
        "TOKEN_SECRET_KEY": kept["TOKEN_SECRET_KEY"],
        "CRYPTO_KEY": "change-me-please",
    }
    options = [f"--from-literal={key}={value}" for key, value in literals.items()]
    undone.kubectl("create", "secret", "generic", "workflow-worker-secrets", *options)
    try:
        answer, _rows = compared(undone)
        assert not answer["drift"], "no pod reads it (R39)"
        undone.kubectl("create", "-f", "-", stdin=json.dumps(worker("NEXTAUTH_SECRET", "CRYPTO_KEY")))
        _before, _task, shown = undone.playbook("status").output.partition("Show the verdict]")
        assert "Deployment workflow-worker of release workflow-worker: 0 of 1 replicas are available" in shown
        assert "Secret workflow-worker-secrets, CRYPTO_KEY: default" in shown
        answer, _rows = compared(undone)
        found = {(row["secret"], row["key"], row["finding"]) for row in answer["evidence"]["credentials"]["secrets"]}
        assert found == {
            ("workflow-worker-secrets", "NEXTAUTH_SECRET", "unequal"),
            ("workflow-worker-secrets", "CRYPTO_KEY", "default"),
        }
        assert answer["drift"]
    finally:
        undone.kubectl("delete", "deployment/workflow-worker", "secret/workflow-worker-secrets", "--ignore-not-found")


def hooked(folder: Path, events: str) -> Path:
    """The chart as an earlier one was, whose generated keys are a hook's and are made anew at each of its events."""
    chart = folder / "sebastian"
    shutil.copytree(CHART, chart)
    template = chart / "templates/secret.yaml"
    hook = f'"helm.sh/hook": {events}\n    "helm.sh/hook-delete-policy": before-hook-creation'
    text = template.read_text()
    assert "helm.sh/resource-policy: keep" in text and "(get $existing $key)" in text
    template.write_text(text.replace("helm.sh/resource-policy: keep", hook).replace("(get $existing $key)", '""'))
    return chart


def test_keys_that_a_hook_makes_anew_are_put_back_and_the_run_ends_f12(undone: Appliance, tmp_path: Path) -> None:
    chart = hooked(tmp_path, "pre-upgrade")
    kept = undone.secret("alga-core-sebastian-secrets")
    outcome = undone.playbook("recover", alga_chart=str(chart))
    assert outcome.failed == 1 and "They were restored" in outcome.message and "alga-core-sebastian-secrets" in outcome.message, (
        outcome.output
    )
    assert undone.secret("alga-core-sebastian-secrets") == kept
    assert undone.playbook("recover").code == 0
    assert undone.secret("alga-core-sebastian-secrets") == kept


def test_keys_that_the_appliance_had_are_not_made_anew_by_a_hook_r29(undone: Appliance, tmp_path: Path) -> None:
    name, claim = "alga-core-sebastian-secrets", "persistentvolumeclaim/alga-core-sebastian-postgres-data"
    carriers = (claim, "secret/db-credentials")
    chart = hooked(tmp_path, "pre-install,pre-upgrade")
    whole = json.loads(undone.kubectl("get", "secret", name, "-o", "json"))
    kept, revision = undone.secret(name), undone.helm("history", "alga-core")
    del whole["metadata"]["resourceVersion"], whole["metadata"]["uid"]
    undone.kubectl("delete", "secret", name)
    status = undone.playbook("status")
    assert f"Secret msp/{name}, which had" in status.output and "helm could generate new ones" in status.output, status.output
    refused = undone.playbook("recover", alga_chart=str(chart))
    assert refused.failed == 1 and "CRYPTR_KEY" in refused.message and "rescue_credentials" in refused.message, refused.output
    # A claim that was made anew forgets it, and the Secret does not.
    record = undone.kubectl("get", claim, "-o", r"jsonpath={.metadata.annotations.alga\.appliance/keys}")
    undone.kubectl("annotate", claim, "alga.appliance/keys-")
    assert undone.module("alga_appliance_info")["evidence"]["credentials"]["decision"] == "refuse"
    # Without the record, as an earlier version left an appliance: the hook itself is seen.
    undone.kubectl("annotate", *carriers, "alga.appliance/keys-")
    options = {"chart": str(chart), "helm": os.environ["HELM3"], "application": "run", "mode": "recover"}
    rendered = undone.module("alga_release", **options)
    assert rendered["failed"] and name in rendered["msg"] and "keys other than" in rendered["msg"], rendered
    undone.kubectl("annotate", claim, f"alga.appliance/keys={record}")

    other = {**whole, "data": {**whole["data"], "CRYPTR_KEY": base64.b64encode(b"another").decode()}}
    undone.kubectl("create", "-f", "-", stdin=json.dumps(other))
    answer, _rows = compared(undone)
    assert (
        answer["evidence"]["credentials"]["decision"] == "refuse" and "has a different value for CRYPTR_KEY" in answer["msg"]
    ), answer
    assert undone.helm("history", "alga-core") == revision

    undone.kubectl("replace", "-f", "-", stdin=json.dumps(whole))
    undone.kubectl("annotate", *carriers, "alga.appliance/keys-")
    recorded = undone.playbook("recover")
    assert (recorded.code, recorded.changed) == (0, 1) and undone.secret(name) == kept, recorded.output
    assert undone.module("alga_appliance_info")["evidence"]["credentials"]["decision"] == "keep"


def test_what_an_earlier_chart_made_as_a_hook_becomes_the_release_s_r30(undone: Appliance, tmp_path: Path) -> None:
    name = "alga-core-sebastian-secrets"
    kept = undone.secret(name)
    whole = json.loads(undone.kubectl("get", "secret", name, "-o", "json"))
    # As the hook of an earlier chart leaves it: not in the release's manifest, and without Helm's marks.
    chart = hooked(tmp_path, "pre-install,pre-upgrade")
    shutil.move(chart / "templates/secret.yaml", tmp_path / "secret.yaml")
    options = {"helm": os.environ["HELM3"], "application": "run", "mode": "recover"}
    without = undone.module("alga_release", chart=str(chart), **options)
    assert without["changed"], without
    hook = {"name": name, "namespace": "msp", "annotations": {"helm.sh/hook": "pre-install,pre-upgrade"}}
    undone.kubectl("delete", "secret", name)
    undone.kubectl("create", "-f", "-", stdin=json.dumps({**whole, "metadata": hook}))

    marked = undone.module("alga_release", chart=str(CHART), **options)
    assert marked["changed"] and f"Secret {name} exists and is adopted into Helm release alga-core" in marked["msg"], marked
    assert undone.secret(name) == kept
    again = undone.module("alga_release", chart=str(CHART), **options)
    assert not again["changed"] and not again["failed"], again


def test_a_key_that_new_pods_would_wait_for_is_named_before_helm_runs_r40(undone: Appliance, tmp_path: Path) -> None:
    chart = tmp_path / "sebastian"
    shutil.copytree(CHART, chart)
    template = chart / "templates/deployment.yaml"
    text = template.read_text()
    assert text.count('"TOKEN_SECRET_KEY" }}') == 1
    template.write_text(text.replace('"TOKEN_SECRET_KEY" }}', '"TOKEN_SECRET_KEY" "HOCUSPOCUS_JWT_SECRET" }}'))
    before = undone.objects()
    for arguments in (("--check",), ()):
        refused = undone.playbook("recover", *arguments, alga_chart=str(chart))
        assert refused.failed == 1, refused.output
        assert (
            "needs key HOCUSPOCUS_JWT_SECRET of Secret alga-core-sebastian-secrets, which does not contain it" in refused.message
        )
    assert undone.objects() == before


def test_an_uninstall_that_did_not_end_is_no_dead_end_r7(undone: Appliance) -> None:
    last = undone.kubectl("get", "secrets", "-l", "owner=helm,name=alga-core,status=deployed", "-o", "name").split()[-1]
    record = json.loads(undone.kubectl("get", last, "-o", "json"))
    content = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(record["data"]["release"]))))
    content["info"]["status"] = "uninstalling"
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(content).encode()))).decode()
    record["metadata"]["labels"]["status"] = "uninstalling"
    record["data"]["release"] = packed
    undone.kubectl("replace", "-f", "-", stdin=json.dumps(record))
    undone.kubectl("delete", "service", "alga-core-sebastian")
    answer = undone.module("alga_release", chart=str(CHART), helm=os.environ["HELM3"], application="run", mode="recover")
    assert answer["changed"] and "its last run ended with status uninstalling" in answer["msg"], answer
    assert "service/alga-core-sebastian" in undone.kubectl("get", "services", "-o", "name").split()
    assert '"deployed"' in undone.helm("status", "alga-core", "-o", "json")


def postmaster() -> int:
    """The first process of PostgreSQL on this node, which forks one for every connection."""
    mine = f"/{os.environ['ALGA_NODE_CGROUP']}/"
    found = [pid for pid in processes.every() if mine in processes.control_group(pid)]
    return next(pid for pid in found if processes.command_line(pid).split(b"\0")[0].endswith(b"postgres"))


def test_a_postgresql_that_hangs_is_an_answer_and_not_a_silence_r35(undone: Appliance) -> None:
    pid = postmaster()
    os.kill(pid, signal.SIGSTOP)
    try:
        answer = undone.module("alga_pg_state")
        assert (answer["state"], answer["evidence"]["reason"]) == ("unknown", "hanging"), answer
        status = undone.playbook("status")
        assert status.code == 0 and "accepts connections but did not answer" in status.output, status.output
        refused = undone.playbook("recover")
        assert refused.failed == 1 and "accepts connections but did not answer" in refused.message, refused.output
    finally:
        os.kill(pid, signal.SIGCONT)
    assert undone.module("alga_pg_state", environment="demonstration")["state"] == "seeded"


def test_the_row_without_which_licensing_is_out_of_order_is_made_once_r32(undone: Appliance) -> None:
    undone.sql(
        "CREATE TABLE license_state (id int GENERATED ALWAYS AS IDENTITY, edition_choice varchar(8) NOT NULL,"
        " trial_started_at timestamptz, license_token text, appliance_id text, check_in_url text, appliance_credential text,"
        " updated_at timestamptz)"
    )
    seed = {"EDITION_CHOICE": "ee", "LICENSE_TOKEN": CANARY}
    undone.kubectl("create", "secret", "generic", "appliance-license-seed", *(f"--from-literal={k}={v}" for k, v in seed.items()))
    try:
        status = undone.playbook("status")
        assert "Table license_state is empty" in status.output and "inserts its one row" in status.output, status.output
        recovered = undone.playbook("recover", "-vvv", "--diff")
        assert (recovered.code, recovered.changed) == (0, 1) and "its one row is inserted" in recovered.output, recovered.output
        assert CANARY not in recovered.output
        row = "SELECT edition_choice, trial_started_at IS NULL, license_token, updated_at IS NOT NULL FROM license_state"
        assert undone.sql(row) == f"ee|t|{CANARY}|t"
        assert undone.module("alga_pg_state", environment="demonstration")["evidence"]["licensed"] is True
    finally:
        undone.sql("DROP TABLE license_state")
        undone.kubectl("delete", "secret", "appliance-license-seed")


def test_values_come_from_files_and_the_images_are_named_before_anything_r41(undone: Appliance, tmp_path: Path) -> None:
    first, second = tmp_path / "profile.yaml", tmp_path / "site.yaml"
    first.write_text("redis: {image: registry.example.org/redis:1}\n")
    second.write_text("redis: {image: registry.example.org/redis:2}\n")
    before = undone.objects()
    planned = undone.playbook("recover", "--check", alga_values_files=[str(first), str(second)])
    assert planned.code == 0 and planned.changed and "registry.example.org/redis:2" in planned.output, planned.output
    assert "registry.example.org/redis:1" not in planned.output and undone.objects() == before
    missing = undone.playbook("recover", alga_values_files=f"{first},/nowhere/site.yaml")
    assert missing.failed == 1 and "alga_values_files names /nowhere/site.yaml" in missing.message, missing.output
