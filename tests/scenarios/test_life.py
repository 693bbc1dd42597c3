# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An appliance's life on the real node: check, fresh, recover, restart of its parts, refusals."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import CLAIM, ROOT, ROWS, Appliance
from ansible_collections.alga.appliance.tests.unit.documentation import permission_page

MAIN = "app.kubernetes.io/component=main"


def test_check_of_fresh_shows_the_plan_and_changes_nothing(appliance: Appliance) -> None:
    before = appliance.objects()
    outcome = appliance.playbook("fresh", "--check", "--diff")
    assert outcome.code == 0, outcome.output
    assert outcome.changed > 0
    assert "+Database 'server' is built and published once PostgreSQL runs." in outcome.output
    assert appliance.objects() == before


def test_recover_refuses_where_nothing_is(appliance: Appliance) -> None:
    before = appliance.objects()
    outcome = appliance.playbook("recover")
    assert outcome.failed == 1
    assert "run fresh.yml" in outcome.message
    assert appliance.objects() == before


def test_fresh_ends_seeded_and_answering(fresh: Appliance) -> None:
    assert fresh.rows() == ROWS
    ready = fresh.kubectl("get", "deployment", "alga-core-sebastian", "-o", "jsonpath={.status.readyReplicas}")
    assert ready == "1"
    log = fresh.kubectl("logs", "deployment/alga-core-sebastian", "-c", "alga-appliance-gate")
    assert "the startup gate is open" in log
    assert fresh.sql("SELECT seed_set FROM alga_appliance.runs") == "dev"


def test_the_application_came_after_the_publication_f22(fresh: Appliance) -> None:
    started = fresh.kubectl("get", "pods", "-l", MAIN, "-o", "jsonpath={.items[0].metadata.creationTimestamp}")
    # In Kubernetes' form, which has no fractions of a second.
    form = """SELECT to_char(finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM alga_appliance.runs"""
    assert fresh.sql(form) <= started


def test_the_gate_holds_every_later_start_too_f22(fresh: Appliance) -> None:
    fresh.sql("UPDATE knex_migrations_lock SET is_locked = 1")
    assert fresh.module("alga_pg_state", environment="demonstration")["state"] == "interrupted"
    fresh.kubectl("delete", "pods", "-l", MAIN)

    def log() -> str:
        return fresh.kubectl("logs", "-l", MAIN, "-c", "alga-appliance-gate", "--ignore-errors")

    wait_for("the gate to say why it is closed", lambda: None if "a migration holds the lock" in log() else log(), seconds=60)
    assert fresh.kubectl("get", "pods", "-l", MAIN, "-o", "jsonpath={.items[0].status.phase}") == "Pending"
    fresh.sql("UPDATE knex_migrations_lock SET is_locked = 0")
    fresh.kubectl("wait", "--for=condition=Ready", "pods", "-l", MAIN, "--timeout=150s")
    assert "the startup gate is open" in log()


def test_recover_right_after_changes_nothing_u5(fresh: Appliance) -> None:
    objects, roles, rows = fresh.objects(), fresh.roles(), fresh.rows()
    outcome = fresh.playbook("recover", "--diff")
    assert outcome.code == 0, outcome.output
    assert outcome.changed == 0
    assert "is migrated" in outcome.output and "every workload of release alga-core is available" in outcome.output
    assert (fresh.objects(), fresh.roles(), fresh.rows()) == (objects, roles, rows)
    assert len(outcome.output.splitlines()) < 72


def test_fresh_over_data_names_it_and_the_two_ways_on(fresh: Appliance) -> None:
    objects = fresh.objects()
    outcome = fresh.playbook("fresh")
    assert outcome.failed == 1
    assert CLAIM in outcome.message
    assert "recover.yml" in outcome.message
    assert "wipe" in outcome.message
    assert fresh.objects() == objects


def test_status_is_healthy_and_changes_nothing(fresh: Appliance) -> None:
    objects = fresh.objects()
    outcome = fresh.playbook("status")
    assert outcome.code == 0, outcome.output
    assert outcome.changed == 0
    assert "is migrated" in outcome.output
    assert fresh.objects() == objects


def test_an_appliance_whose_redis_finds_no_place_is_not_called_whole(fresh: Appliance) -> None:
    workload = next(name for name in fresh.kubectl("get", "statefulsets", "-o", "name").split() if "redis" in name)

    def select(place: str | None) -> None:
        wanted = {"spec": {"template": {"spec": {"nodeSelector": {"place": place} if place else None}}}}
        fresh.kubectl("patch", workload, "--type=merge", "-p", json.dumps(wanted))

    roles, rows = fresh.roles(), fresh.rows()
    select("nowhere")
    try:
        assert fresh.module("alga_application", progress_timeout=1)["failed"]
        unknown = fresh.module("alga_application", release="another", progress_timeout=1)
        assert unknown["failed"] and "owns no Deployment" in unknown["msg"], "of nothing, nothing is missing"
        outcome = fresh.playbook("recover", alga_progress_timeout=10)
        assert outcome.failed == 1, "the page alone answers without Redis"
        assert (
            f"StatefulSet {workload.partition('/')[2]}: 0 of 1 replicas are available: pod redis-0 is Pending" in outcome.message
        )
        assert "node affinity/selector" in outcome.message, "the scheduler's own reason"
        assert "run recover.yml" in outcome.message
        status = fresh.playbook("status")
        assert status.code == 0 and "Nothing needs to be done" not in status.output, status.output
        assert "pod redis-0 is Pending" in status.output and "run recover.yml" in status.output
    finally:
        select(None)
    # Kubernetes does not replace a pod of a StatefulSet that never became ready.
    fresh.kubectl("delete", "pods", "-l", "app=redis")
    outcome = fresh.playbook("recover")
    assert (outcome.code, outcome.changed) == (0, 0), outcome.output
    assert (fresh.roles(), fresh.rows()) == (roles, rows)


def placed(each: dict[str, t.Any]) -> list[str]:
    """The option that names an object's own namespace; the last one that kubectl gets counts."""
    return [f"--namespace={each['metadata']['namespace']}"] if "namespace" in each["metadata"] else []


def bind(appliance: Appliance, role: str) -> None:
    """Give the ServiceAccount what one of the documented Roles and ClusterRoles allows."""
    whose = "--serviceaccount=msp:appliance"
    for each in permission_page.written():
        metadata = each["metadata"]
        if metadata["name"] != f"alga-appliance-{role}":
            continue
        kind = each["kind"].lower()
        appliance.kubectl("create", f"{kind}binding", f"test-{role}", f"--{kind}={metadata['name']}", whose, *placed(each))


def test_a_user_with_the_documented_permissions_and_no_others_r28(fresh: Appliance, tmp_path: Path) -> None:
    written = permission_page.written()
    for each in written:
        fresh.kubectl("apply", "-f", "-", *placed(each), stdin=json.dumps(each))
    fresh.kubectl("create", "serviceaccount", "appliance")
    config = yaml.safe_load(Path(fresh.kubeconfig).read_text())
    user = {"token": fresh.kubectl("create", "token", "appliance", "--duration=1h").strip()}
    config["users"] = [{"name": each["name"], "user": user} for each in config["users"]]
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    try:
        refused = fresh.playbook("recover", alga_kubeconfig=str(file))
        assert refused.failed == 1 and refused.message.startswith("1 problem found"), refused.output
        for lacking in ("pods (create ", "secrets (create ", "leases.coordination.k8s.io (create get patch)", "nodes (list)"):
            assert lacking in refused.message, lacking
        bind(fresh, "look")
        status = fresh.playbook("status", alga_kubeconfig=str(file))
        assert status.code == 0 and "Nothing needs to be done" in status.output, status.output
        bind(fresh, "support")
        bundle = {"alga_kubeconfig": str(file), "alga_support_file": str(tmp_path / "support.tar.gz")}
        collected = fresh.playbook("support_bundle", **bundle)
        assert collected.code == 0 and "could not be collected" not in collected.output, collected.output
        bind(fresh, "run")
        fresh.kubectl("delete", "deployment,statefulset", "--all", "--wait=true")
        recovered = fresh.playbook("recover", alga_kubeconfig=str(file))
        assert recovered.code == 0 and "Nothing needs to be done" in recovered.output, recovered.output
    finally:
        for each in written:
            kind = each["kind"].lower()
            role = each["metadata"]["name"].rpartition("-")[2]
            names = (f"{kind}/{each['metadata']['name']}", f"{kind}binding/test-{role}")
            fresh.kubectl("delete", *names, "--ignore-not-found", *placed(each))


def test_deleted_workloads_come_back_with_their_data(fresh: Appliance) -> None:
    roles, rows, identity = fresh.roles(), fresh.rows(), fresh.identifier()
    fresh.kubectl("delete", "deployment,statefulset", "--all", "--wait=true")
    outcome = fresh.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert (fresh.roles(), fresh.rows(), fresh.identifier()) == (roles, rows, identity)


def test_an_uninstalled_release_comes_back_with_its_data_f36(fresh: Appliance) -> None:
    roles, rows, identity = fresh.roles(), fresh.rows(), fresh.identifier()
    secret = fresh.kubectl("get", "secret", "db-credentials", "-o", "jsonpath={.data}")
    fresh.helm("uninstall", "alga-core", "--wait")
    assert CLAIM in fresh.kubectl("get", "persistentvolumeclaims", "-o", "name")
    outcome = fresh.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert fresh.kubectl("get", "secret", "db-credentials", "-o", "jsonpath={.data}") == secret
    assert (fresh.roles(), fresh.rows(), fresh.identifier()) == (roles, rows, identity)


def test_the_oldest_ansible_core_brings_the_release_back_too(fresh: Appliance, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = subprocess.run([ROOT / "tools/environment", "oldest"], capture_output=True, text=True, check=True)
    monkeypatch.setenv("PATH", f"{environment.stdout.strip()}/bin:{os.environ['PATH']}")
    roles, rows, identity = fresh.roles(), fresh.rows(), fresh.identifier()
    fresh.helm("uninstall", "alga-core", "--wait")
    checked = fresh.playbook("recover", "--check", "--diff")
    assert checked.code == 0 and checked.changed > 0, checked.output
    outcome = fresh.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert (fresh.roles(), fresh.rows(), fresh.identifier()) == (roles, rows, identity)
    status = fresh.playbook("status")
    assert (status.code, status.changed) == (0, 0), status.output


def test_a_lost_secret_is_not_replaced_f2(fresh: Appliance) -> None:
    saved = json.loads(fresh.kubectl("get", "secret", "db-credentials", "-o", "json"))
    fresh.kubectl("delete", "secret", "db-credentials")
    for name in ("recover", "fresh"):
        for options in (("--check",), ()):
            outcome = fresh.playbook(name, *options)
            assert outcome.failed == 1, (name, options)
            assert CLAIM in outcome.message
            assert "db-credentials" not in fresh.kubectl("get", "secrets", "-o", "name")
    del saved["metadata"]["resourceVersion"], saved["metadata"]["uid"]
    fresh.kubectl("create", "-f", "-", stdin=json.dumps(saved))
    assert fresh.playbook("recover").changed == 0
