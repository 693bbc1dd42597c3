# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The appliance as seen from outside, after fresh made it and recover found nothing to do."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request

import pytest
from testinfra.host import Host

from ansible_collections.alga.appliance.tests.scenarios.appliance import CLAIM, ROWS, Appliance

APPLICATION = os.environ["ALGA_NODE_ADDRESS"], 3000
CLAIMS = {CLAIM, "alga-core-sebastian-redis-data", "alga-core-sebastian-storage"}
JOB = "job.batch/alga-appliance-bootstrap"


def test_the_application_answers(host: Host) -> None:
    address, port = APPLICATION
    assert host.addr(address).port(port).is_reachable
    with urllib.request.urlopen(f"http://{address}:{port}/auth/signin", timeout=10) as answer:
        assert answer.status == 200
        assert b"Sign in" in answer.read()


def test_the_application_sees_the_rows_that_postgresql_has(appliance: Appliance) -> None:
    address, port = APPLICATION
    with urllib.request.urlopen(f"http://{address}:{port}/counts", timeout=10) as answer:
        counts = json.load(answer)
    assert appliance.rows() == ROWS
    assert "|".join(str(count) for count in counts.values()) == ROWS


def test_the_first_run_is_published_and_its_only_entry_in_the_ledger(appliance: Appliance) -> None:
    assert "server_building" not in appliance.databases()
    ledger = appliance.sql("SELECT mode, seed_set, outcome, system_identifier FROM alga_appliance.runs")
    assert ledger == f"fresh|dev|complete|{appliance.identifier()}"


def test_no_role_was_written_after_the_first_run(appliance: Appliance) -> None:
    """PostgreSQL numbers its writes: no ALTER ROLE, by recover or any pod, came after the ledger's entry."""
    roles = "SELECT max(xmin::text::bigint) FROM pg_authid WHERE rolcanlogin"
    entry = "SELECT xmin::text::bigint FROM alga_appliance.runs"
    assert appliance.sql(f"SELECT ({roles}) < ({entry})") == "t"


@pytest.mark.parametrize(("role", "key"), [("postgres", "DB_PASSWORD_SUPERUSER"), ("app_user", "DB_PASSWORD_SERVER")])
def test_a_roles_password_in_the_secret_opens_postgresql_over_the_network(appliance: Appliance, role: str, key: str) -> None:
    login = f"read -r PGPASSWORD && export PGPASSWORD && exec psql -h db -U {role} -d server -XAtc 'SELECT current_user'"
    command = ("exec", "-i", "db-0", "-c", "db", "--", "sh", "-c", login)
    assert appliance.kubectl(*command, stdin=f"{appliance.secret()[key]}\n").strip() == role
    with pytest.raises(subprocess.CalledProcessError):
        appliance.kubectl(*command, stdin="not the password\n")


def test_the_claims_are_bound_kept_and_no_releases_own(appliance: Appliance) -> None:
    claims = {item["metadata"]["name"]: item for item in json.loads(appliance.kubectl("get", "pvc", "-o", "json"))["items"]}
    assert set(claims) == CLAIMS
    for claim in claims.values():
        annotations = claim["metadata"]["annotations"]
        assert claim["status"]["phase"] == "Bound"
        assert annotations["helm.sh/resource-policy"] == "keep"
        assert "meta.helm.sh/release-name" not in annotations
    database = claims[CLAIM]["metadata"]["annotations"]
    assert database["alga.appliance/state"] == "ready"
    assert database["alga.appliance/system-identifier"] == appliance.identifier()


def test_the_data_is_on_the_nodes_storage_path(appliance: Appliance, host: Host) -> None:
    directories = {path.name.partition("_msp_")[2]: path for path in appliance.directories()}
    assert set(directories) == CLAIMS
    control = host.file(str(directories[CLAIM] / "data/global/pg_control"))
    assert control.exists and control.size > 0


def test_the_release_owns_no_claim_no_job_and_no_credentials(appliance: Appliance) -> None:
    release = appliance.release()
    assert "kind: StatefulSet" in release
    assert "kind: PersistentVolumeClaim" not in release
    assert "kind: Job" not in release


def test_no_job_but_the_collections_own_ever_ran(appliance: Appliance) -> None:
    assert set(appliance.kubectl("get", "jobs", "-o", "name").split()) <= {JOB}


def test_the_gate_held_the_application_and_let_it_through(appliance: Appliance) -> None:
    log = appliance.kubectl("logs", "deployment/alga-core-sebastian", "-c", "alga-appliance-gate")
    assert "the startup gate is open" in log
    restarts = "{.items[*].status.containerStatuses[*].restartCount}"
    assert set(appliance.kubectl("get", "pods", "-o", f"jsonpath={restarts}").split()) == {"0"}
