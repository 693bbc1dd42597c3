# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first tenant on request: rows and a real login judge it, never an exit code; what was begun is known again."""

from __future__ import annotations

import json
import subprocess
import typing as t
from collections.abc import Iterator

import pytest

from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import NAMESPACE, Appliance, empty_place
from ansible_collections.alga.appliance.tests.scenarios.test_interruption import kill_controller
from ansible_collections.alga.appliance.tests.scenarios.test_secrets import Watcher

EMAIL = "Ada@Example.com"
PASSWORD = "correct horse 'battery' staple"
CANARY = "canary-of-the-administrator"
LOUD = ("-vvv", "--diff")
SECRET = "appliance-initial-tenant"
ASKED = {
    "INITIAL_TENANT_NAME": "Emerald & Sons",
    "INITIAL_ADMIN_FIRST_NAME": "Ada",
    "INITIAL_ADMIN_LAST_NAME": "Lovelace",
    "INITIAL_ADMIN_EMAIL": EMAIL,
    "INITIAL_ADMIN_PASSWORD": PASSWORD,
}
# One administrator, and what the stand-in's onboarding seeds write for one tenant.
COMPLETE = "1|1|8|154|374"
LOGIN = """
let text = '';
process.stdin.on('data', (chunk) => { text += chunk; }).on('end', async () => {
  const answer = await fetch('http://127.0.0.1:3000/auth/login', { method: 'POST', body: text });
  console.log(answer.status);
});
"""


def ask(appliance: Appliance, **changed: str | None) -> None:
    """Put the Secret there as an operator does."""
    data = {key: value for key, value in {**ASKED, **changed}.items() if value is not None}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}, "stringData": data}
    appliance.kubectl("delete", "secret", SECRET, "--ignore-not-found")
    appliance.kubectl("create", "-f", "-", stdin=json.dumps(body))


def login(appliance: Appliance, password: str = PASSWORD) -> str:
    """The status that the application answers a login with."""
    asked = json.dumps({"email": EMAIL, "password": password})
    return appliance.kubectl(
        "exec", "-i", "deployment/alga-core-sebastian", "-c", "sebastian", "--", "node", "-e", LOGIN, stdin=asked
    ).strip()


def run(appliance: Appliance, fault: str = "", **options: t.Any) -> dict[str, t.Any]:
    """The module's answer, with a fault of the stand-in's command."""
    return appliance.module(
        "alga_initial_tenant",
        job_environment={"STAND_IN_TENANT_FAULT": fault},
        progress_timeout=60,
        **options,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """An appliance that fresh.yml made without a tenant, as it is by default."""
    with empty_place(tmp_path_factory.mktemp("tenant"), {"alga_environment": None, "alga_seed_set": None}) as appliance:
        outcome = appliance.playbook("fresh")
        assert outcome.code == 0, outcome.output
        yield appliance


@pytest.fixture
def empty(made: Appliance) -> Appliance:
    """That appliance without anything of an earlier test's tenant."""
    made.sql("TRUNCATE tenants CASCADE; DROP TABLE IF EXISTS alga_appliance.tenants, alga_appliance.tenant_rows")
    made.kubectl("delete", "jobs", "-l", "app.kubernetes.io/managed-by=alga.appliance", "--wait=true")
    made.kubectl("delete", "secret", SECRET, "--ignore-not-found")
    return made


def test_without_the_secret_nothing_is_made_and_the_next_action_names_it_f22(empty: Appliance) -> None:
    before = empty.objects()
    assert run(empty)["state"] == "not_requested"
    assert (empty.objects(), empty.rows()) == (before, "0|0|0|0|0")
    seen = empty.module("alga_pg_state")
    assert seen["state"] == "migrated"
    assert "inserted nothing" in seen["msg"]
    assert SECRET in seen["next_action"]


def test_the_tenant_is_made_once_and_its_administrator_logs_in_f13_f25(empty: Appliance) -> None:
    ask(empty)
    planned = empty.playbook("recover", "--check")
    assert (planned.code, planned.changed, empty.rows()) == (0, 1, "0|0|0|0|0"), planned.output
    outcome = empty.playbook("recover")
    assert (outcome.code, outcome.changed) == (0, 1), outcome.output
    assert empty.rows() == COMPLETE
    assert (login(empty), login(empty, "wrong")) == ("200", "401")
    ledger = "SELECT name, seed_set, completed IS NOT NULL, tenant = (SELECT tenant FROM tenants) FROM alga_appliance.tenants"
    assert empty.sql(ledger) == "Emerald & Sons|onboarding|t|t"
    assert empty.module("alga_pg_state")["state"] == "seeded"
    again = empty.playbook("recover")
    assert (again.code, again.changed) == (0, 0), again.output


def test_a_command_that_lies_is_found_out_by_the_rows_f13(empty: Appliance) -> None:
    ask(empty)
    lied = run(empty, "nothing")
    assert lied["failed"]
    assert "has succeeded" in lied["msg"] and "tenants 0, users 0" in lied["msg"]
    assert "alga_initial_tenant_command" in lied["msg"]
    assert any("(hidden)" in line for line in lied["evidence"]["log"]), "the stand-in prints the password"
    missing = run(empty, command=["node", "/not/there.mjs"])
    assert missing["failed"] and "has failed" in missing["msg"]
    assert run(empty)["changed"]
    assert empty.rows() == COMPLETE


def test_a_digest_of_other_iterations_is_named_and_not_overwritten_f13(empty: Appliance) -> None:
    ask(empty)
    wrong = run(empty, "iterations")
    assert wrong["failed"]
    assert "with 10000 iterations instead of 1000" in wrong["msg"]
    assert login(empty) == "401", "otherwise there was nothing to find"
    stored = empty.sql("SELECT hashed_password FROM users")
    again = run(empty)
    assert again["failed"] and "so the application refuses the login" in again["msg"]
    assert empty.sql("SELECT hashed_password FROM users") == stored
    assert empty.rows() == COMPLETE


def test_a_password_changed_later_and_another_tenant_are_kept(empty: Appliance) -> None:
    ask(empty)
    assert run(empty)["changed"]
    before = empty.sql("SELECT hashed_password FROM users")
    ask(empty, INITIAL_ADMIN_PASSWORD="changed in the meantime")
    kept = run(empty)
    assert (kept["changed"], kept["decision"], kept["state"]) == (False, "keep", "complete")
    assert "no longer the initial one" in kept["msg"]
    ask(empty, INITIAL_TENANT_NAME="Another")
    other = run(empty)
    assert (other["changed"], other["state"], other["drift"]) == (False, "other", True)
    assert (empty.rows(), empty.sql("SELECT hashed_password FROM users")) == (COMPLETE, before)


def test_a_command_killed_half_way_is_gone_on_with_under_the_same_id(empty: Appliance) -> None:
    ask(empty)
    killed = run(empty, "half")
    assert killed["failed"] and "tenants 1, users 0" in killed["msg"]
    tenant = empty.sql("SELECT tenant FROM tenants")
    assert killed["evidence"]["begun"] == tenant
    done = run(empty)
    assert (done["changed"], done["state"]) == (True, "complete")
    assert empty.sql("SELECT tenant FROM tenants") == tenant
    assert (empty.rows(), login(empty)) == (COMPLETE, "200")


def test_a_half_made_tenant_that_the_command_fails_on_is_set_aside_and_made_anew_r33(empty: Appliance) -> None:
    ask(empty)
    assert run(empty, "half")["failed"]
    tenant = empty.sql("SELECT tenant FROM tenants")
    # The application's own workflow has made roles by then, and makes the user last.
    empty.sql("INSERT INTO roles (tenant, role_name) SELECT tenant, 'Admin' FROM tenants")
    done = run(empty, "refuse")
    assert (done.get("changed"), done.get("state")) == (True, "complete"), done
    kept = "SELECT source, content->>'client_name', content->>'role_name', tenant FROM alga_appliance.tenant_rows ORDER BY source"
    assert empty.sql(kept).splitlines() == [f"roles||Admin|{tenant}", f"tenants|Emerald & Sons||{tenant}"]
    assert empty.sql("SELECT tenant FROM tenants") == tenant, "the id is the first one, so there is no second tenant"
    assert (empty.rows(), login(empty)) == (COMPLETE, "200")


def temporal(image: str) -> list[dict[str, t.Any]]:
    """A Service that answers as slowly as Temporal comes up, and the worker, of which only the pod is looked at."""
    listen = "setTimeout(() => require('node:net').createServer().listen(7233), 3000)"
    found: list[dict[str, t.Any]] = [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "temporal-frontend"},
            "spec": {"selector": {"app": "temporal"}, "ports": [{"port": 7233}]},
        }
    ]
    for name in ("temporal", "temporal-worker"):
        container: dict[str, t.Any] = {"name": "it", "image": image, "command": ["node", "-e", listen]}
        container |= {"readinessProbe": {"tcpSocket": {"port": 7233}, "periodSeconds": 1}}
        pod: dict[str, t.Any] = {"containers": [container], "terminationGracePeriodSeconds": 0}
        template = {"metadata": {"labels": {"app": name}}, "spec": pod}
        spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
        found.append({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec})
    return found


def test_temporal_is_looked_for_before_the_command_starts_r33(empty: Appliance) -> None:
    ask(empty)
    environment = {"TEMPORAL_ADDRESS": f"temporal-frontend.{NAMESPACE}.svc:7233"}
    options = {"progress_timeout": 60, "job_environment": environment}
    refused = empty.module("alga_initial_tenant", **options)
    assert refused["failed"] and f"Service {NAMESPACE}/temporal-frontend does not exist" in refused["msg"]
    assert empty.sql("SELECT to_regclass('alga_appliance.tenants')") == "", "nothing was begun"
    status = empty.playbook("status")
    assert status.code == 0 and "requests a first tenant, but there is none" in status.output, status.output
    image = "{.spec.template.spec.containers[0].image}"
    app = empty.kubectl("get", "deployment", "alga-core-sebastian", "-o", f"jsonpath={image}")
    objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": temporal(app)})
    empty.kubectl("create", "-f", "-", stdin=objects)
    try:
        done = empty.module("alga_initial_tenant", **options)
        assert (done.get("changed"), done.get("state")) == (True, "complete"), done
        assert (empty.rows(), login(empty)) == (COMPLETE, "200")
    finally:
        empty.kubectl("delete", "-f", "-", stdin=objects)


def test_a_tenant_that_was_not_begun_here_is_never_gone_on_with(empty: Appliance) -> None:
    ask(empty)
    empty.sql("INSERT INTO tenants (client_name, email) VALUES ('Emerald & Sons', 'x@example.com')")
    refused = run(empty)
    assert refused["failed"] and "was not created by this collection" in refused["msg"]
    assert empty.rows() == "1|0|0|0|0"


def test_seeds_that_were_cut_off_run_again_only_before_permissions_were_granted_f24(empty: Appliance) -> None:
    ask(empty)
    assert run(empty)["changed"]
    cut = "UPDATE alga_appliance.tenants SET completed = NULL, seeds_ended = NULL"
    empty.kubectl("delete", "job", "alga-appliance-tenant-seeds")
    empty.sql(cut)
    refused = run(empty)
    assert refused["failed"] and "deletes role_permissions first" in refused["msg"]
    empty.sql("DELETE FROM role_permissions")
    again = run(empty)
    assert (again["decision"], again["state"]) == ("seed", "complete")
    assert empty.rows() == COMPLETE


def test_seeds_that_the_image_lacks_are_named_f23(empty: Appliance) -> None:
    ask(empty)
    options = {"progress_timeout": 60}
    refused = empty.module("alga_initial_tenant", job_environment={"SEEDS_DIR": "/not/there"}, **options)
    assert refused["failed"] and "the image has no /not/there" in "".join(refused["evidence"]["log"])
    assert empty.rows().startswith("1|1|0|")
    assert run(empty)["changed"]
    assert empty.rows() == COMPLETE


def test_a_tenant_that_vanished_is_no_reason_to_begin_anew(empty: Appliance) -> None:
    ask(empty)
    assert run(empty)["changed"]
    empty.sql("TRUNCATE tenants CASCADE")
    refused = run(empty)
    assert refused["failed"] and "was completed on" in refused["msg"]
    assert empty.rows() == "0|0|0|0|0"


def begin(appliance: Appliance, **environment: str) -> subprocess.Popen[bytes]:
    """The module, started and not waited for."""
    command = ["ansible", "localhost", "-m", "alga.appliance.alga_initial_tenant", "-a"]
    options = {"kubeconfig": appliance.kubeconfig, "job_environment": environment, "progress_timeout": 60}
    return subprocess.Popen([*command, json.dumps(options)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_three_at_once_make_one_tenant_f20(empty: Appliance) -> None:
    ask(empty)
    runs = [begin(empty, STAND_IN_TENANT_DELAY_MS="2000") for _index in range(3)]
    answers = [run.communicate(timeout=200)[0].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], answers
    assert all('"state": "complete"' in answer for answer in answers)
    assert sum('"decision": "create"' in answer for answer in answers) >= 1
    assert empty.rows() == COMPLETE
    assert empty.sql("SELECT count(*) FROM alga_appliance.tenants") == "1"


def test_a_job_whose_controller_was_killed_is_watched(empty: Appliance) -> None:
    ask(empty)
    killed = begin(empty, STAND_IN_TENANT_DELAY_MS="15000")
    wait_for("the tenant's row", lambda: None if empty.rows() == "1|0|0|0|0" else "not there yet", seconds=90)
    kill_controller(killed)
    killed.communicate()
    watched = run(empty)
    assert (watched["decision"], watched["state"]) == ("watch", "complete")
    assert empty.rows() == COMPLETE


def test_neither_password_nor_pepper_is_shown_or_logged_f10(empty: Appliance) -> None:
    ask(empty, INITIAL_ADMIN_PASSWORD=CANARY)
    empty.sql("ALTER SYSTEM SET log_statement = 'all'", "postgres")
    empty.sql("SELECT pg_reload_conf()", "postgres")
    with Watcher() as watcher:
        outputs = [empty.playbook("recover", *options, *LOUD).output for options in (("--check",), (), ())]
        faulty = begin(empty, STAND_IN_TENANT_FAULT="nothing")
        outputs.append(faulty.communicate()[0].decode())
    assert empty.rows() == COMPLETE
    log = empty.kubectl("logs", "db-0", "-c", "db")
    assert "INSERT INTO users" in log, "otherwise there was nothing to find"
    command = empty.kubectl("logs", "job/alga-appliance-tenant-command")
    assert "with password (hidden)" in command, "the stand-in prints the password, which is taken out"
    objects = empty.kubectl("get", "jobs,pods,configmaps,deployments,events", "-o", "yaml")
    places = {
        "output": "\n".join(outputs),
        "PostgreSQL's log": log,
        "the Jobs' logs": command + empty.kubectl("logs", "job/alga-appliance-tenant-seeds"),
        "objects": objects,
        "the database": empty.kubectl("exec", "db-0", "-c", "db", "--", "pg_dump", "-U", "postgres", "server"),
        "process arguments": b"\n".join(watcher.seen).decode(errors="replace"),
    }
    secrets = {CANARY, *empty.secret("alga-core-sebastian-secrets").values(), *empty.secret().values()}
    assert min(map(len, secrets)) > 10
    found = [f"{name}: ...{text[max(0, at - 60) : at]}" for name, text in places.items() for at in hits(text, secrets)]
    assert found == []


def hits(text: str, secrets: set[str]) -> list[int]:
    """Where the first of each secret stands in a text."""
    return [at for secret in secrets if (at := text.find(secret)) >= 0]


def test_recover_goes_on_with_a_first_tenant_that_was_cut_off(empty: Appliance) -> None:
    ask(empty)
    assert run(empty, "half")["failed"]
    seen = empty.module("alga_pg_state")
    assert seen["state"] == "migrated"
    assert "unfinished first tenant of this collection" in seen["msg"]
    assert empty.module("alga_seed_gate")["decision"] == "closed"
    outcome = empty.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert empty.rows() == COMPLETE


def test_fresh_makes_the_tenant_that_was_asked_for_before_it(made: Appliance) -> None:
    made.wipe()
    made.kubectl("create", "namespace", NAMESPACE)
    ask(made)
    outcome = made.playbook("fresh")
    assert outcome.code == 0, outcome.output
    assert (made.rows(), login(made)) == (COMPLETE, "200")
