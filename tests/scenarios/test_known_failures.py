# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures that appliances of this kind really had (docs/failures.md), one after the other, on one appliance."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import typing as t
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg2
import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import CLAIM, ROWS, Appliance, Outcome

DEPLOYMENT = "deployment/alga-core-sebastian"
MAIN = "app.kubernetes.io/component=main"
# Slower as a whole than the progress timeout, and each migration faster.
SLOW = {"STAND_IN_MIGRATION_DELAY_MS": "700"}
PROGRESS_TIMEOUT = 25
LOCKED = "SELECT is_locked FROM knex_migrations_lock"


@dataclass(frozen=True)
class Failed:
    """A first run whose migrations cannot begin: how the playbook ended, and its Job."""

    outcome: Outcome
    job: dict[str, t.Any]


def job(appliance: Appliance) -> dict[str, t.Any]:
    """The bootstrap Job as it stands."""
    found: dict[str, t.Any] = json.loads(appliance.kubectl("get", "job", names.JOB, "-o", "json"))
    return found


@pytest.fixture(scope="module")
def failed(appliance: Appliance) -> Failed:
    outcome = appliance.playbook("fresh", alga_bootstrap_env={"MIGRATIONS_DIR": "/nowhere"})
    return Failed(outcome, job(appliance))


@pytest.fixture(scope="module")
def complete(appliance: Appliance, failed: Failed) -> Appliance:
    """The appliance that the next run of the same playbook made of it, with slow migrations."""
    assert failed.outcome.failed == 1
    outcome = appliance.playbook("fresh", alga_bootstrap_env=SLOW, alga_progress_timeout=PROGRESS_TIMEOUT)
    assert outcome.code == 0, outcome.output
    return appliance


@pytest.fixture
def stale_lock(complete: Appliance) -> Iterator[Appliance]:
    """The lock of a migration that was killed."""
    complete.sql("UPDATE knex_migrations_lock SET is_locked = 1")
    yield complete
    complete.sql("UPDATE knex_migrations_lock SET is_locked = 0")


def data(appliance: Appliance) -> tuple[str, ...]:
    """What no recover may change: rows, roles with their verifiers, passwords, identity and ledger."""
    ledger = appliance.sql("SELECT run, mode, image_id, finished_at FROM alga_appliance.runs ORDER BY finished_at")
    return appliance.rows(), appliance.roles(), json.dumps(appliance.secret()), appliance.identifier(), ledger


def gate_says(appliance: Appliance, words: str) -> None:
    """Start the application's pod anew, and wait until its gate says why it is closed."""
    appliance.kubectl("delete", "pods", "-l", MAIN)

    def log() -> str:
        return appliance.kubectl("logs", "-l", MAIN, "-c", names.GATE, "--ignore-errors")

    wait_for(f"the gate to say {words}", lambda: None if words in log() else log() or "nothing yet", seconds=60)
    assert appliance.kubectl("get", "pods", "-l", MAIN, "-o", "jsonpath={.items[0].status.phase}") == "Pending"


def opens(appliance: Appliance) -> None:
    """Wait until the application runs again."""
    appliance.kubectl("wait", "--for=condition=Ready", "pods", "-l", MAIN, "--timeout=150s")


def test_a_failed_job_keeps_its_evidence_and_is_not_tried_again_f30_u13_u14(appliance: Appliance, failed: Failed) -> None:
    assert failed.outcome.failed == 1
    assert "/nowhere" in failed.outcome.message, "the sentence carries the end of the Job's log"
    assert "ttlSecondsAfterFinished" not in failed.job["spec"]
    assert (failed.job["spec"]["backoffLimit"], failed.job["status"]["failed"]) == (0, 1)
    assert "/nowhere" in appliance.kubectl("logs", f"job/{names.JOB}")


def test_everything_in_the_job_goes_to_the_postgresql_that_was_asked_f32(failed: Failed) -> None:
    (container,) = failed.job["spec"]["template"]["spec"]["containers"]
    values = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert values["DB_HOST"] == values["DB_HOST_ADMIN"] == "db.msp.svc"
    assert values["DB_PORT"] == values["DB_PORT_ADMIN"] == "5432"


def test_the_same_playbook_completes_it_with_a_job_of_the_same_name_f17_f31(complete: Appliance, failed: Failed) -> None:
    assert complete.rows() == ROWS
    made = job(complete)["metadata"]
    assert (made["name"], made["uid"] != failed.job["metadata"]["uid"]) == (failed.job["metadata"]["name"], True)


def test_migrations_that_advance_are_not_ended_by_the_clock_f28(complete: Appliance) -> None:
    took = complete.sql("SELECT extract(epoch FROM max(migration_time) - min(migration_time)) FROM knex_migrations")
    assert float(took) > PROGRESS_TIMEOUT


@pytest.mark.parametrize("name", ["fresh", "recover"])
def test_a_first_run_that_died_before_its_last_step_is_ended_by_either_playbook_f18(complete: Appliance, name: str) -> None:
    before = data(complete)
    run = complete.sql("SELECT run FROM alga_appliance.runs")
    mark = (f"{names.STATE_ANNOTATION}={names.INITIALIZING}", f"{names.RUN_ANNOTATION}={run}", f"{names.IDENTITY_ANNOTATION}-")
    complete.kubectl("annotate", "--overwrite", "persistentvolumeclaim", CLAIM, *mark)
    outcome = complete.playbook(name)
    assert outcome.code == 0, outcome.output
    claim = json.loads(complete.kubectl("get", "persistentvolumeclaim", CLAIM, "-o", "json"))
    assert claim["metadata"]["annotations"][names.STATE_ANNOTATION] == names.READY
    assert data(complete) == before, "and nothing ran a second time"


def test_a_stale_migration_lock_is_named_and_left_alone_f19_u14(stale_lock: Appliance) -> None:
    before = stale_lock.objects(), data(stale_lock)
    outcome = stale_lock.playbook("recover")
    assert outcome.failed == 1
    assert names.RELEASE_LOCK_OPTION in outcome.message
    assert stale_lock.sql(LOCKED) == "1"
    assert (stale_lock.objects(), data(stale_lock)) == before


def test_the_advisory_lock_is_waited_for_its_holder_named_and_taken_when_free_f20_u9(stale_lock: Appliance) -> None:
    """The release of the migration lock is one of the changes that need it."""
    address = stale_lock.kubectl("get", "pod", "db-0", "-o", "jsonpath={.status.podIP}")
    password = stale_lock.secret()[names.SUPERUSER_KEY]
    login = {"host": address, "user": names.SUPERUSER, "password": password, "dbname": names.SUPERUSER}
    with contextlib.closing(psycopg2.connect(**login, application_name="somebody else")) as other:
        other.autocommit = True
        other.cursor().execute("SELECT pg_advisory_lock(%s)", [names.ADVISORY_LOCK])
        outcome = stale_lock.playbook("recover", alga_release_migration_lock=True, alga_progress_timeout=3)
        assert outcome.failed == 1
        assert "somebody else" in outcome.message
        assert stale_lock.sql(LOCKED) == "1"
    outcome = stale_lock.playbook("recover", alga_release_migration_lock=True)
    assert outcome.code == 0, outcome.output
    assert stale_lock.sql(LOCKED) == "0"


def test_a_stale_lock_that_came_with_a_restore_is_found_and_released_u14(stale_lock: Appliance) -> None:
    """A backup that was taken while a migration was at work carries its lock, and nothing else tells of it."""
    before = data(stale_lock)
    restore = (
        "pg_dump -U postgres -Fc -f /tmp/dump server && psql -U postgres -qc 'DROP DATABASE server WITH (FORCE)'"
        " && pg_restore -U postgres --create -d postgres /tmp/dump && rm /tmp/dump"
    )
    stale_lock.kubectl("exec", "db-0", "-c", "db", "--", "sh", "-c", restore)
    refused = stale_lock.playbook("recover")
    assert refused.failed == 1 and names.RELEASE_LOCK_OPTION in refused.message, refused.output
    assert (stale_lock.sql(LOCKED), data(stale_lock)) == ("1", before)
    outcome = stale_lock.playbook("recover", alga_release_migration_lock=True)
    assert outcome.code == 0, outcome.output
    assert (stale_lock.sql(LOCKED), data(stale_lock)) == ("0", before)


def test_an_upgrade_of_the_release_runs_no_seeds_f24_u8(complete: Appliance) -> None:
    complete.sql("DELETE FROM role_permissions WHERE role_id IN (SELECT role_id FROM roles ORDER BY role_id LIMIT 1)")
    before, jobs = data(complete), complete.kubectl("get", "jobs", "-o", "jsonpath={.items[*].metadata.uid}")
    assert before[0] != ROWS, "an administrator took a role's permissions away"
    outcome = complete.playbook("recover", alga_values={"host": "https://appliance.example.com"})
    assert outcome.code == 0, outcome.output
    assert int(json.loads(complete.helm("list", "-o", "json"))[0]["revision"]) > 2, "the release was upgraded"
    assert data(complete) == before
    assert complete.kubectl("get", "jobs", "-o", "jsonpath={.items[*].metadata.uid}") == jobs


def test_a_rollback_by_helm_brings_no_old_password_and_no_old_mode_back_f16(complete: Appliance) -> None:
    before = data(complete)
    complete.helm("rollback", names.RELEASE, "1")
    assert data(complete) == before
    outcome = complete.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert data(complete) == before


def test_an_older_image_does_not_start_on_newer_data_f16(complete: Appliance) -> None:
    known = complete.sql("SELECT name FROM knex_migrations ORDER BY id").splitlines()
    complete.sql("INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('29990101000000_newer.cjs', 99, now())")
    answer = complete.module("alga_pg_state", environment="demonstration", expected_migrations=known)
    assert answer["state"] == "ahead"
    assert "29990101000000_newer.cjs" in answer["msg"]
    outcome = complete.playbook("recover")
    assert outcome.failed == 1
    assert "29990101000000_newer.cjs" in outcome.message
    gate_says(complete, "1 migrations are newer than this image")
    complete.sql("DELETE FROM knex_migrations WHERE batch = 99")
    opens(complete)


def test_the_gate_names_the_refused_password_instead_of_waiting_in_silence_f22_u13(complete: Appliance) -> None:
    verifier = complete.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'app_user'", "postgres")
    complete.sql("ALTER ROLE app_user PASSWORD 'another'", "postgres")
    gate_says(complete, "28P01")
    complete.sql(f"ALTER ROLE app_user PASSWORD '{verifier}'", "postgres")
    opens(complete)


def bootstrap(appliance: Appliance, **options: t.Any) -> dict[str, t.Any]:
    """Ask the bootstrap for the state that recover needs."""
    return appliance.module("alga_bootstrap", mode="recover", environment="demonstration", **options)


def test_the_wait_for_a_postgresql_that_never_comes_ends_f26(complete: Appliance) -> None:
    answer = bootstrap(complete, service="db-elsewhere", progress_timeout=2)
    assert answer["failed"]
    assert "Gave up waiting for PostgreSQL behind Service msp/db-elsewhere: no progress for 2 seconds" in answer["msg"]


def test_a_postgresql_that_comes_late_is_waited_for_f26(complete: Appliance) -> None:
    complete.kubectl("scale", "statefulset", "db", "--replicas=0")
    complete.kubectl("wait", "--for=delete", "pod/db-0", "--timeout=150s")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(bootstrap, complete, progress_timeout=60)
        complete.kubectl("scale", "statefulset", "db", "--replicas=1")
        assert (answer.result()["failed"], answer.result()["decision"]) == (False, "nothing")


def test_a_wipe_that_left_other_databases_is_no_new_beginning_f34_r25(complete: Appliance) -> None:
    before = data(complete)
    complete.kubectl("scale", DEPLOYMENT, "--replicas=0")
    complete.kubectl("wait", "--for=delete", "pods", "-l", MAIN, "--timeout=150s")
    complete.sql("ALTER DATABASE server RENAME TO kept", "postgres")
    complete.sql("CREATE DATABASE temporal", "postgres")
    objects, databases, messages = complete.objects(), complete.databases(), []
    for name in ("fresh", "recover"):
        outcome = complete.playbook(name)
        messages.append(outcome.message)
        assert outcome.failed == 1, name
        assert (complete.objects(), complete.databases()) == (objects, databases), name
    assert "'kept', 'temporal'" in messages[-1], "what an earlier appliance may have left is named"
    # R25: of the two, one carries the ledger, and a rename brings it back; no playbook sends the operator to the other one.
    assert all("ALTER DATABASE kept RENAME TO server" in message for message in messages), messages
    complete.sql("DROP DATABASE temporal", "postgres")
    complete.sql("ALTER DATABASE kept RENAME TO server", "postgres")
    outcome = complete.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert data(complete) == before
