# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The progress timeout is for what stands still: a slow bootstrap is not killed, a blocked one is reported with its cause."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator

import pytest

from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import ROWS, Appliance

BUILDING = "server_building"
# Longer in all than the progress timeout, and each step shorter.
SLOW = {"STAND_IN_MIGRATION_DELAY_MS": "700"}
PROGRESS_TIMEOUT = 25
DEPLOYMENT = "alga-core-sebastian"
HIDDEN = "(hidden)"


def test_what_stands_still_is_reported_with_what_it_waits_for_and_what_advances_is_not_killed_f28_u14(
    appliance: Appliance,
) -> None:
    place = appliance
    command = place.command("fresh", alga_progress_timeout=PROGRESS_TIMEOUT, alga_bootstrap_env=SLOW)
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    more_than_ten = "SELECT count(*) > 10 FROM knex_migrations"
    wait_for("the migrations to begin", lambda: place.says_no(more_than_ten, BUILDING), seconds=120)
    # Somebody's long transaction: a later migration creates an index concurrently, and has to wait for its end.
    hold = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM users; SELECT pg_sleep(600)"
    psql = ("exec", "db-0", "-c", "db", "--", "psql", "-U", "postgres", "-d", BUILDING, "-c", hold)
    holder = subprocess.Popen(place.kubectl_command(*psql), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        output, _none = run.communicate(timeout=300)
        assert run.returncode == 2
        assert f"no progress for {PROGRESS_TIMEOUT} seconds" in output
        waiting = r"waits for Lock virtualxid, ShareLock, held by process \d+ \(postgres, psql, active\)"
        assert re.search(waiting, output), output
        assert "The Job was left running" in output
        running = place.kubectl("get", "job", "alga-appliance-bootstrap", "-o", "jsonpath={.status.active}")
        assert running == "1", "nobody kills what may still come to its end"
    finally:
        place.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)'", "postgres")
        holder.wait(timeout=30)

    outcome = place.playbook("fresh")
    assert outcome.code == 0, outcome.output
    assert place.rows() == ROWS
    times = "SELECT finished_at - started_at > make_interval(secs => 25) FROM alga_appliance.runs"
    assert place.sql(times) == "t", "the migrations before it took longer than the progress timeout"


def node(appliance: Appliance) -> str:
    """The name of the one node."""
    return appliance.kubectl("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}")


def undo(appliance: Appliance) -> None:
    """Leave the last migration to be done once more."""
    appliance.sql("ALTER TABLE clients DROP COLUMN country_code")
    appliance.sql("DELETE FROM knex_migrations WHERE name = (SELECT max(name) FROM knex_migrations)")


@pytest.fixture
def whole(appliance: Appliance) -> Iterator[Appliance]:
    """The appliance that the first test has made, or another one; whatever a test did to it is mended afterwards."""
    if "statefulset.apps/db" not in appliance.kubectl("get", "statefulsets", "-o", "name"):
        assert appliance.playbook("fresh").code == 0
    yield appliance
    appliance.kubectl("uncordon", node(appliance))
    appliance.kubectl("delete", "resourcequota", "--all")
    assert appliance.playbook("recover").code == 0


def test_a_job_whose_pod_no_quota_lets_in_is_named_at_once_r10(whole: Appliance) -> None:
    undo(whole)
    whole.kubectl("create", "quota", "small", "--hard=limits.cpu=10m")
    begun = time.monotonic()
    outcome = whole.playbook("recover", alga_progress_timeout=300)
    assert outcome.failed == 1 and "exceeded quota: small" in outcome.message, outcome.output
    assert "does not resolve by itself" in outcome.message and time.monotonic() - begun < 60


def test_a_database_that_finds_no_node_says_so_r11(whole: Appliance) -> None:
    whole.kubectl("cordon", node(whole))
    whole.kubectl("delete", "pod", "db-0", "--grace-period=1")
    outcome = whole.playbook("recover", alga_progress_timeout=10)
    assert outcome.failed == 1 and "Unschedulable: 0/1 nodes are available" in outcome.message, outcome.output
    assert "Unschedulable" in whole.playbook("status").output


def test_an_application_that_crashes_is_told_with_its_log_while_it_is_waited_for_r12(whole: Appliance) -> None:
    crashes = "echo mkdir /data/files: permission denied $DB_PASSWORD_SERVER; exit 1"
    container = {"name": "sebastian", "command": ["sh", "-c", crashes]}
    patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
    whole.kubectl("patch", "deployment", DEPLOYMENT, "-p", json.dumps(patch))
    outcome = whole.playbook("recover", alga_progress_timeout=20)
    said = f"mkdir /data/files: permission denied {HIDDEN}"
    assert outcome.failed == 1 and said in outcome.message, outcome.output
    assert "exit code 1 (Error)" in outcome.message
    told = outcome.output.partition("FAILED!")[0]
    assert "Waiting for release alga-core to be complete" in told and said in told
    assert whole.secret()["DB_PASSWORD_SERVER"] not in outcome.output
    mended = {"name": "sebastian", "command": ["./entrypoint.sh"]}
    patch["spec"]["template"]["spec"]["containers"] = [mended]
    whole.kubectl("patch", "deployment", DEPLOYMENT, "-p", json.dumps(patch))


PLACED = {"imagePullSecrets": [{"name": "registry"}], "nodeSelector": {"kubernetes.io/os": "linux"}}
NARROW = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": {"name": "narrow"},
    "spec": {"limits": [{"type": "Container", "max": {"cpu": "500m"}}]},
}


def test_a_job_is_let_in_and_placed_where_the_application_is_r13(whole: Appliance) -> None:
    whole.kubectl("patch", "deployment", DEPLOYMENT, "-p", json.dumps({"spec": {"template": {"spec": PLACED}}}))
    undo(whole)
    whole.kubectl("create", "-f", "-", stdin=json.dumps(NARROW))
    whole.kubectl("create", "quota", "narrow", "--hard=requests.cpu=4,limits.memory=8Gi")
    try:
        outcome = whole.playbook("recover")
    finally:
        whole.kubectl("delete", "limitrange", "narrow")
    assert outcome.code == 0, outcome.output
    job = json.loads(whole.kubectl("get", "job", "alga-appliance-bootstrap", "-o", "json"))
    spec = job["spec"]["template"]["spec"]
    assert {key: spec[key] for key in PLACED} == PLACED
    assert spec["containers"][0]["resources"]["limits"] == {"cpu": "500m", "memory": "256Mi"}


# Adds a container that never ends to every pod, as a mesh does.
MESH = """
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: mesh}
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  matchConditions: [{name: here, expression: "object.metadata.namespace == 'msp'"}]
  mutations:
    - patchType: JSONPatch
      jsonPatch:
        expression: >-
          [JSONPatch{op: 'add', path: '/spec/containers/0', value: Object.spec.containers{name: 'mesh', image: 'busybox:latest',
          imagePullPolicy: 'IfNotPresent', command: ['sleep', 'infinity']}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: mesh}
spec: {policyName: mesh}
"""


def test_a_sidecar_in_every_pod_keeps_no_job_and_no_look_from_its_end_r14(whole: Appliance) -> None:
    undo(whole)
    whole.kubectl("create", "-f", "-", stdin=MESH)
    try:
        outcome = whole.playbook("recover")
    finally:
        whole.kubectl("delete", "mutatingadmissionpolicies,mutatingadmissionpolicybindings", "mesh")
    assert outcome.code == 0, outcome.output
    assert whole.kubectl("get", "jobs", "-o", "name") == "", "a sidecar that goes on keeps no Job at work"
