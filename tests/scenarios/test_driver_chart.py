# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_bootstrap_driver chart: the chart's own Job, guarded before, watched, its log kept, and what it did proved after."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import ROWS, Appliance, empty_place
from ansible_collections.alga.appliance.tests.scenarios.test_interruption import kill_controller

LOG = "alga-appliance-bootstrap-log"
JOB = "alga-core-sebastian-bootstrap"
MIGRATIONS = "SELECT count(*) > 4 FROM knex_migrations"
SEEDS = "SELECT count(*) > 0 FROM users"
LEDGER = "SELECT mode, outcome, seed_set, migrations_before FROM alga_appliance.runs"
ONBOARDING = {"alga_seed_set": "onboarding", "alga_environment": "production"}
# Stopped between PostgreSQL and the bootstrap.
NO_SERVICE = {"alga_db_service": "not-there", "alga_progress_timeout": 3}
# What was left of another revision, under the one name that later charts give to every revision's Job.
LEFT_OVER = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": JOB},
    "spec": {
        "template": {
            "spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "bootstrap", "image": "docker.io/library/busybox:1.36", "command": ["true"]}],
            }
        }
    },
}


def slow(variable: str, milliseconds: int, **setup: object) -> dict[str, t.Any]:
    """Values under which the chart's Job can be met in the middle of something."""
    return {"setup": {"extraEnv": [{"name": variable, "value": str(milliseconds)}], **setup}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """A place with PostgreSQL and nothing in it, where the chart's own Job is to run the bootstrap."""
    with empty_place(tmp_path_factory.mktemp("chart"), {"alga_bootstrap_driver": "chart"}) as made:
        assert made.playbook("fresh", **NO_SERVICE).failed == 1
        wait_for("PostgreSQL", lambda: None if made.module("alga_pg_state")["state"] == "absent" else "not there yet", seconds=90)
        yield made


@pytest.fixture(scope="module")
def made(place: Appliance) -> Appliance:
    """One that the chart's own Job bootstrapped."""
    outcome = place.playbook("fresh")
    assert outcome.code == 0, outcome.output
    return place


@pytest.fixture
def cut(tmp_path: Path) -> Iterator[Appliance]:
    """An empty place for a first run that is cut off; with helm 4."""
    with empty_place(tmp_path, {"alga_bootstrap_driver": "chart", "alga_helm": os.environ["HELM4"]}) as made:
        yield made


def log_of(appliance: Appliance) -> str:
    """The kept log of every pod."""
    found = json.loads(appliance.kubectl("get", "configmap", LOG, "-o", "json"))
    return "\n".join((found.get("data") or {}).values())


def jobs(appliance: Appliance) -> list[str]:
    """The chart's Jobs, by name."""
    return [name for name in appliance.kubectl("get", "jobs", "-o", "name").split() if JOB in name]


def reach(appliance: Appliance, question: str, run: subprocess.Popen[bytes]) -> None:
    """Wait until the chart's Job is in the middle of a stage."""

    def seen() -> str | None:
        if run.poll() is not None:
            return pytest.fail(f"the playbook ended with {run.returncode} before its time")
        return appliance.says_no(question)

    wait_for("the Job's stage", seen, seconds=180)


def kill_knex(appliance: Appliance) -> None:
    """SIGKILL the process that migrates or seeds, from the node, as the kernel does when memory runs out."""
    pod = json.loads(appliance.kubectl("get", "pods", "-l", f"job-name={jobs(appliance)[0].partition('/')[2]}", "-o", "json"))
    marks = {item["metadata"]["uid"] for item in pod["items"]}
    commands = {pid: processes.command_line(pid) for pid in processes.every()}
    found = [pid for pid, command in commands.items() if b"knex" in command and b"node" in command]
    assert processes.kill(pid for pid in found if any(mark in processes.control_group(pid) for mark in marks))


@pytest.mark.parametrize("options", [("--check",), ()])
def test_drift_is_refused_before_helm_and_not_hidden_u5(place: Appliance, options: tuple[str, ...]) -> None:
    place.sql("CREATE ROLE app_user LOGIN PASSWORD 'another'", "postgres")
    try:
        before, release = place.roles(), place.release()
        outcome = place.playbook("fresh", *options)
        assert outcome.failed == 1
        assert "app_user" in outcome.message and "do not match those in PostgreSQL" in outcome.message
        assert (place.roles(), place.release(), jobs(place)) == (before, release, [])
        assert "server" not in place.databases()
    finally:
        place.sql("DROP ROLE app_user", "postgres")


def test_fresh_ends_seeded_recorded_and_answering_f13_f17_f24_u8(made: Appliance) -> None:
    assert made.rows() == ROWS
    assert made.sql(LEDGER) == "fresh|complete|dev|0"
    assert made.module("alga_application")["state"] == "answering"
    assert JOB not in made.release(), "it was in one revision only, and no later upgrade brings it back"
    before = made.objects(), made.roles()
    outcome = made.playbook("recover")
    assert (outcome.code, outcome.changed) == (0, 0), outcome.output
    assert (made.objects(), made.roles()) == before


def test_the_log_outlives_the_job_and_holds_no_password_f10_f30_u13(made: Appliance) -> None:
    assert jobs(made) == []
    log = log_of(made)
    assert "Setup completed" in log, "the whole log, to its end"
    assert "environment variable: (hidden)" in log, "otherwise there was nothing to hide"
    assert sum("\U0001f680" in line and "postgres:(hidden)" in line for line in log.splitlines()) >= 2000
    secrets = {*made.secret().values(), *made.secret("alga-psa-shared").values()}
    assert [secret for secret in secrets if secret in log] == []
    answer = made.module("alga_pg_state", environment="demonstration", expect=["seeded"])
    assert answer["failed"] is False, answer


def test_an_upgrade_migrates_in_place_and_seeds_nothing_f13_f24_u8(made: Appliance) -> None:
    made.sql("ALTER TABLE clients DROP COLUMN country_code")
    made.sql("DELETE FROM knex_migrations WHERE name = (SELECT max(name) FROM knex_migrations)")
    made.sql("DELETE FROM user_roles")
    outcome = made.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert made.rows() == ROWS
    assert made.sql("SELECT count(*) FROM user_roles") == "0", "seeds would have put them back"
    run = "SELECT outcome, seed_set, migrations_after - migrations_before FROM alga_appliance.runs WHERE mode = 'recover'"
    assert made.sql(run) == "complete||1"
    assert "Seeds" not in log_of(made)
    assert made.module("alga_appliance_info")["drift"] is False
    deployment = json.loads(made.kubectl("get", "deployment", "alga-core-sebastian", "-o", "json"))
    inits = [entry["name"] for entry in deployment["spec"]["template"]["spec"]["initContainers"]]
    assert inits == ["alga-appliance-gate"], "the chart's own gate opens too early (F22), and is gone again"
    assert made.playbook("recover").changed == 0


def test_migrations_that_were_killed_are_done_anew_f19_f31(cut: Appliance) -> None:
    assert cut.playbook("fresh", **NO_SERVICE).failed == 1
    cut.kubectl("create", "-f", "-", stdin=json.dumps(LEFT_OVER))
    cut.kubectl("wait", "--for=condition=complete", f"job/{JOB}", "--timeout=150s")
    values = slow("STAND_IN_MIGRATION_DELAY_MS", 150, fixedJobName=True)
    run = cut.start("fresh", alga_values=values)
    reach(cut, MIGRATIONS, run)
    kill_knex(cut)
    assert run.wait(timeout=300) == 2
    assert cut.sql("SELECT max(is_locked) FROM knex_migrations_lock") == "1"
    assert jobs(cut) == [f"job.batch/{JOB}"], "it failed, and stays until its log is kept"
    assert "Migration table is already locked" in log_of(cut), "the attempts after the first are kept too"

    refused = cut.playbook("recover", alga_release_migration_lock=True)
    assert refused.failed == 1
    assert "fresh.yml" in refused.message

    outcome = cut.playbook("fresh", alga_values={"setup": {"fixedJobName": True}})
    assert outcome.code == 0, outcome.output
    assert cut.rows() == ROWS
    assert cut.sql(LEDGER) == "fresh|complete|dev|0"
    assert not [name for name in cut.databases() if name.startswith("server_")]


def test_seeds_that_were_killed_are_not_taken_for_complete_f21(cut: Appliance) -> None:
    run = cut.start("fresh", alga_values=slow("STAND_IN_SEED_DELAY_MS", 1000))
    reach(cut, SEEDS, run)
    kill_knex(cut)
    assert run.wait(timeout=300) == 2
    assert "Seeds already exist; skipping" in log_of(cut), "the fault of the chart that this is about"
    assert cut.sql("SELECT to_regclass('alga_appliance.runs') IS NULL") == "t"

    outcome = cut.playbook("fresh")
    assert outcome.code == 0, outcome.output
    assert cut.rows() == ROWS
    (aside,) = [name for name in cut.databases() if name.startswith("server_")]
    assert aside.startswith("server_aside_"), "rows are set aside, never dropped"


@pytest.mark.parametrize("gone", [False, True])
def test_the_job_outlives_its_controller_and_the_next_run_goes_by_what_it_did_f20_f22_f30(cut: Appliance, gone: bool) -> None:
    values = slow("STAND_IN_MIGRATION_DELAY_MS", 100)
    run = cut.start("fresh", alga_values=values, **ONBOARDING)
    reach(cut, MIGRATIONS, run)
    kill_controller(run)
    run.wait()
    if gone:  # as its own TTL does, before anybody saw how it ended
        cut.kubectl("wait", "--for=condition=complete", jobs(cut)[0], "--timeout=150s")
        cut.kubectl("delete", jobs(cut)[0])
    outcome = cut.playbook("fresh", alga_values=values, **ONBOARDING)
    assert outcome.code == 0, outcome.output
    assert cut.module("alga_pg_state")["state"] == "migrated"
    assert cut.sql(LEDGER) == "fresh|complete|onboarding|0"
    assert "Appliance setup completed" in log_of(cut)
    assert not [name for name in cut.databases() if name.startswith("server_")]
