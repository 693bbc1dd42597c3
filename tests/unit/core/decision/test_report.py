# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict of status: by the playbooks' own rules, and what will break comes first."""

from __future__ import annotations

import dataclasses
import itertools
import re
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Image, Job, JobState, Stage
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials import credentials, scram
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.credentials import Match
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import (
    DatabaseObservation,
    classify,
    failed,
    mark,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.database.grants import Lack, On
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.decision import advise, choose, decide, rule_for
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.report import Verdict, judge, shown
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import Facts, Secret, Situation
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.findings import Finding
from ansible_collections.alga.appliance.plugins.module_utils._core.results import build
from ansible_collections.alga.appliance.plugins.module_utils._core.states import (
    CredentialState,
    DatabaseState,
    Mode,
    Origin,
    Reason,
    Step,
    StorageState,
    Work,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.contents import Contents
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import Claim, StorageObservation, Volume

CLAIM = names.claims(names.FULLNAME)[names.DATABASE_SECTION]
BOUND = Claim(CLAIM, "Bound", "pv-1", state=names.READY)
PRESENT = StorageObservation("msp", CLAIM, claims=(BOUND,))
BEGUN = StorageObservation("msp", CLAIM, claims=(Claim(CLAIM, "Bound", "pv-1", state=names.INITIALIZING, run="r1"),))
STORAGES = {
    "unreadable": None,
    "nothing": StorageObservation("msp", CLAIM),
    "present": PRESENT,
    "owned": StorageObservation("msp", CLAIM, claims=(dataclasses.replace(BOUND, release="alga-core"),)),
    "first run": BEGUN,
    "leaving": StorageObservation("msp", CLAIM, claims=(dataclasses.replace(BOUND, terminating=True),)),
    "lost": StorageObservation("msp", CLAIM, volumes=(Volume("pv-1", "Released", CLAIM),)),
    "half made": dataclasses.replace(PRESENT, contents=Contents(version="17", begun=True)),
    "initdb killed": dataclasses.replace(BEGUN, contents=Contents(version="17", begun=True)),
    "other version": dataclasses.replace(
        PRESENT,
        contents=Contents(begun=True, version="15", control=True, databases=4, hosts=1, image="pg:17", image_version="17.6"),
    ),
}
DONE: dict[str, t.Any] = {
    "databases": {"server": ""},
    "tables": 9,
    "migrations": ("a",),
    "expected": ("a",),
    "rows": dict.fromkeys(names.SEED_TABLES, 1),
    "recorded": ("r0",),
}
DATABASES: dict[str, dict[str, t.Any] | Reason] = {
    "no service": Reason.SERVICE_NOT_FOUND,
    "down": Reason.NO_RUNNING_POD,
    "wrong password": Reason.PASSWORD_REJECTED,
    "forbidden": Reason.API_FORBIDDEN,
    "absent": {},
    "building": {"databases": {"server_building": mark("r1")}},
    "somebody's": {"databases": {"server": ""}, "tables": 0},
    "behind": {**DONE, "expected": ("a", "b")},
    "ahead": {**DONE, "expected": ()},
    "stale lock": {**DONE, "locked": True},
    "unfinished": {**DONE, "databases": {"server": mark("r1")}, "recorded": ()},
    "adoptable": {**DONE, "recorded": ()},
    "cut off seeds": {**DONE, "recorded": (), "rows": {**dict.fromkeys(names.SEED_TABLES, 0), "users": 7}},
    "no tenant": {**DONE, "rows": dict.fromkeys(names.SEED_TABLES, 0)},
    "rows missing": {**DONE, "rows": {**dict.fromkeys(names.SEED_TABLES, 1), "permissions": 0}},
    "this run's": {**DONE, "recorded": ("r1",)},
    "read only": {**DONE, "read_only": (Finding("A setting forbids writing.", "Reset the setting."),)},
    "renamed": {"databases": {"server_old": ""}, "elsewhere": ("server_old",)},
    "lacks privileges": {**DONE, "lacks": (Lack("app_user", On.TABLES, ("SELECT",), ("users",)),)},
    "unlicensed": {**DONE, "licensed": False},
    "complete": DONE,
}
SECRETS = {state: Secret("msp/db-credentials", state) for state in CredentialState}
JOBS = {"no Job": Job(), "a Job": Job(JobState.RUNNING, run="r1", stage=Stage.MIGRATE, database="server")}
KEEP = build(state="complete", decision="keep", message="The Secret is kept.")
ROW = {"role": "app_user", "verdict": "drift"}
DRIFT = build(
    state="complete",
    decision="keep",
    message="Secret msp/db-credentials exists. app_user differs.",
    next_action="Put the old one back.",
    drift=True,
    evidence={"roles": [ROW, {"role": "postgres", "verdict": "ok"}]},
)
RUNS = build(state="answering", decision="observe", message="It answers.")
WAITS = build(state="waiting", decision="observe", message="Its Redis waits.", next_action="Look at the pods.")


def facts(storage: str, database: str, secret: CredentialState = CredentialState.COMPLETE, **further: t.Any) -> Facts:
    found = DATABASES[database]
    if isinstance(found, Reason):
        seen, answer = None, failed(ObservationFailed("It was asked in vain.", reason=found))
    else:
        seen = DatabaseObservation(server="db.msp", database="server", **found)
        answer = classify(seen)
    return Facts(
        Mode.RECOVER,
        SECRETS[secret],
        answer,
        seen=seen,
        storage=STORAGES[storage],
        unread="" if STORAGES[storage] else "GET was answered with 403.",
        mend="" if STORAGES[storage] else "Give the permission.",
        image=Image("app:2", "sha256:2"),
        **further,
    )


def verdict(storage: str, database: str, found: dict[str, t.Any] | None = None, runs: dict[str, t.Any] | None = None) -> Verdict:
    return judge(facts(storage, database), found or KEEP, runs or RUNS)


EVERY = list(itertools.product(STORAGES, DATABASES, CredentialState, JOBS, (("migrated", "seeded"), ("absent",))))


@pytest.mark.parametrize("release_lock", [False, True])
def test_status_and_the_playbooks_agree_over_everything_that_can_be_seen_r22(release_lock: bool) -> None:
    """The one that status names does not refuse; where each would refuse, status says what recover.yml does."""
    for storage, database, secret, job, expect in EVERY:
        seen = facts(storage, database, secret, job=JOBS[job], expect=expect, release_lock=release_lock)
        told = judge(seen, KEEP, RUNS)
        decisions = {mode: decide(dataclasses.replace(seen, mode=mode)) for mode in Mode}
        case = (storage, database, secret, job, expect, told)
        if told.playbook is None:
            assert {each.step for each in decisions.values()} == {Step.REFUSE}, case
            refusal = decisions[Mode.RECOVER]
            assert refusal.message in told.message and refusal.next_action in told.next_action, case
            assert not told.healthy, case
            continue
        decision = decisions[told.playbook]
        assert decision == told.decision and decision.step is not Step.REFUSE, case
        if "Run fresh.yml" in told.next_action:
            assert decisions[Mode.FRESH].step is not Step.REFUSE, case
        if "Run recover.yml, which" in told.next_action and storage != "owned":
            assert decisions[Mode.RECOVER].step is not Step.REFUSE, case
        if "Nothing needs to be done" in told.next_action:
            assert decisions[Mode.RECOVER].step is Step.NOTHING, case


def test_a_playbook_is_named_only_where_its_own_rule_lets_it_r22() -> None:
    """Over every row of the table: a first run that began is fresh.yml's, everything else that lives recover.yml's."""
    columns = (StorageState, CredentialState, DatabaseState, Work, Origin, (True, False), (True, False), (True, False))
    for storage, secret, database, work, origin, fresh, recover, lock in itertools.product(*columns):
        rest = (storage, secret, database, work, origin)
        taken = {
            Mode.FRESH: Situation(Mode.FRESH, *rest, fresh, lock),
            Mode.RECOVER: Situation(Mode.RECOVER, *rest, recover, lock),
        }
        lets = {mode: rule_for(situation).step is not Step.REFUSE for mode, situation in taken.items()}
        for begun in (True, False):
            chosen = choose(taken, begun=begun)
            assert lets[chosen] if chosen else not any(lets.values()), taken
            if all(lets.values()):
                assert chosen is (Mode.FRESH if begun else Mode.RECOVER)


@pytest.mark.parametrize(
    ("storage", "database", "healthy", "next_action"),
    [
        ("present", "complete", True, "Nothing needs to be done."),
        (
            "present",
            "no tenant",
            True,
            "Create the first tenant in the application, or create Secret appliance-initial-tenant and run recover.yml.",
        ),
        ("nothing", "no service", True, "Run fresh.yml to install one."),
        ("present", "down", False, "Run recover.yml, which starts PostgreSQL without changing its data."),
        ("present", "behind", False, "Run recover.yml, which migrates in place."),
        (
            "present",
            "ahead",
            False,
            "Set server.image in alga_values to an image at least as new as the data; a downgrade is refused.",
        ),
        ("present", "adoptable", False, "Run recover.yml, which records it, and otherwise leaves it unchanged."),
        (
            "present",
            "stale lock",
            False,
            "Make sure that no migration is running from outside this cluster, then run recover.yml with "
            "alga_release_migration_lock set to true; it checks again, releases the lock and migrates.",
        ),
        ("present", "wrong password", False, "Restore the password that belongs to this data; do not create a new one."),
        (
            "lost",
            "down",
            False,
            "Run rebind_volumes.yml, which recreates each claim on its old volume (alga-core-sebastian-postgres-data to "
            "pv-1). Only if this data is no longer needed, wipe what is named here and run fresh.yml.",
        ),
        (
            "other version",
            "down",
            False,
            "Set db.image in alga_values to an image with PostgreSQL 15 and run the same playbook again. To bring the data "
            "to PostgreSQL 17, use pg_upgrade or a dump, never another image alone.",
        ),
        ("first run", "building", False, "Run fresh.yml again; it completes its own first run."),
        ("first run", "unfinished", False, "Run fresh.yml again; it completes its own first run."),
        ("first run", "this run's", False, "Run fresh.yml again; it completes its own first run."),
        ("unreadable", "forbidden", False, "Give the permission."),
        ("present", "read only", False, "Reset the setting."),
        (
            "present",
            "renamed",
            False,
            "As the superuser, connected to database 'postgres' and while nobody is connected to 'server_old', run ALTER "
            "DATABASE server_old RENAME TO server; then run recover.yml. If none of this data is needed, "
            "run recover.yml with alga_expect set to created for that one run; it builds a new database beside the renamed one.",
        ),
        ("present", "lacks privileges", False, "Run recover.yml, which grants them again."),
        ("present", "unlicensed", False, "Run recover.yml, which inserts its one row."),
    ],
)
def test_the_verdict(storage: str, database: str, healthy: bool, next_action: str) -> None:
    told = verdict(storage, database)
    assert (told.healthy, told.next_action) == (healthy, next_action)
    assert told.message and "Nothing was changed" not in told.message


def test_every_sentence_of_a_verdict_begins_with_a_capital() -> None:
    """But for the name of a playbook, which begins as the file does."""
    beginning = re.compile(r"(?:^|(?<=[.!?] ))(?!(?:fresh|recover)\.yml)[a-z]\S*")
    for storage, database, secret, job, expect in EVERY:
        told = judge(facts(storage, database, secret, job=JOBS[job], expect=expect), KEEP, RUNS)
        for said in (told.message, told.next_action):
            assert not beginning.findall(said), said


def test_what_breaks_at_the_next_restart_comes_first_r34() -> None:
    told = verdict("present", "complete", DRIFT)
    assert not told.healthy
    assert told.message.startswith("The next restart of the application will fail, because these logins fail: app_user.")
    assert told.next_action == "Put the old one back."
    stale = {**DRIFT, "evidence": {"roles": [{**ROW, "verdict": "stale_consumer"}]}}
    assert verdict("present", "complete", stale).message.startswith("Secret msp/db-credentials exists.")


def test_a_secret_that_is_gone_too_is_said_with_the_volume_that_is_u1() -> None:
    gone = build(state="absent", decision="refuse", message="The Secret is gone.", next_action="Restore it.")
    told = judge(facts("lost", "down", CredentialState.ABSENT), gone, RUNS)
    assert told.message.endswith("The Secret is gone.") and told.next_action.endswith("Restore it.")
    assert "Run rebind_volumes.yml" in told.next_action


def test_lost_keys_are_said_first_and_not_called_drift_r29() -> None:
    lost = build(
        state="complete",
        decision="refuse",
        message="Keys are gone.",
        next_action="Restore them.",
        drift=True,
        evidence={"lost_keys": [{"key": "CRYPTR_KEY"}]},
    )
    told = verdict("present", "complete", lost)
    assert (told.healthy, told.next_action) == (False, "Restore them.")
    assert told.message.startswith("Keys are gone.")


def test_drift_is_not_told_over_a_password_that_opens_nothing() -> None:
    """Which of the two was changed is not known then, and a rescue must not be named beside a restore."""
    assert "Put the old one back" not in verdict("present", "wrong password", DRIFT).next_action


def test_rows_that_a_recorded_appliance_lost_are_a_finding_r31() -> None:
    told = verdict("present", "rows missing")
    assert (told.healthy, told.playbook) == (False, Mode.RECOVER)
    assert told.message.startswith("Rows are missing in permissions.")
    assert "restore them from a backup" in told.next_action and "Nothing needs to be done" not in told.next_action


def test_claims_that_an_uninstall_would_delete_come_before_everything_r37() -> None:
    told = verdict("owned", "complete", DRIFT)
    assert told.message.startswith(f"PersistentVolumeClaims msp/{CLAIM} belong to Helm release alga-core: helm uninstall")
    assert told.next_action.startswith("Run recover.yml, which releases them from Helm release alga-core")
    kept = dataclasses.replace(STORAGES["owned"] or PRESENT, claims=(dataclasses.replace(BOUND, release="alga-core", kept=True),))
    assert "uninstall" not in judge(dataclasses.replace(facts("present", "complete"), storage=kept), KEEP, RUNS).message


def test_data_that_is_whole_says_nothing_about_what_runs_on_it() -> None:
    told = verdict("present", "complete", runs=WAITS)
    assert (told.healthy, told.next_action) == (False, "Look at the pods.")
    assert told.message.startswith("Its Redis waits. Database 'server' on db.msp is migrated")


def test_workers_that_do_not_run_are_mentioned_r39() -> None:
    told = judge(facts("present", "complete"), KEEP, RUNS, beside=["Deployment email-service of release email-service: no pod"])
    assert not told.healthy and told.message.startswith(
        "Deployment email-service of release email-service: no pod. Database 'server' on db.msp is migrated"
    )
    assert "the application itself does not wait for them" in told.next_action


def test_migrations_that_could_not_be_read_are_not_none_that_are_pending_r22() -> None:
    told = judge(facts("present", "complete"), KEEP, RUNS, "The image cannot be pulled.")
    assert not told.healthy and told.message.startswith("The image cannot be pulled.")
    assert "Nothing needs to be done" not in told.next_action


def test_what_a_recover_that_may_begin_anew_made_is_what_it_expected_r21() -> None:
    """It built and published because nothing was there, and its next look finds what it made."""
    seen = facts("first run", "this run's", expect=("absent",))
    assert decide(seen).step is Step.NOTHING
    assert decide(facts("present", "complete", expect=("absent",))).rule == "unexpected"
    assert advise(seen)[1].step is Step.NOTHING


def test_each_role_is_compared_by_its_verifier_f1_f5() -> None:
    stored = {"same": scram.verifier(b"pw", iterations=2), "other": scram.verifier(b"xx", iterations=2), "none": None}
    compared = credentials.compare(dict.fromkeys(["same", "other", "none", "gone"], "pw"), stored)
    assert compared == {"same": Match.MATCH, "other": Match.MISMATCH, "none": Match.UNKNOWN, "gone": Match.MISSING}


@pytest.mark.parametrize(
    ("database", "said"),
    [
        ({}, "requests a first tenant, but there is none."),
        ({"tenant_begun": True}, "requests a first tenant, whose creation was started but has not finished."),
        ({"rows": dict.fromkeys(names.SEED_TABLES, 1)}, ""),
    ],
)
def test_a_tenant_that_was_asked_for_and_is_not_there_is_said_r33(database: dict[str, t.Any], said: str) -> None:
    seen = DatabaseObservation(
        server="db.msp", database="server", **{**DONE, "rows": dict.fromkeys(names.SEED_TABLES, 0), **database}
    )
    found = dataclasses.replace(facts("present", "no tenant"), seen=seen, answer=classify(seen))
    told = judge(found, KEEP, RUNS, asked="msp/appliance-initial-tenant")
    assert told.healthy is not bool(said)
    assert said in told.message
    assert ("Run recover.yml, which" in told.next_action) is bool(said)
    assert "requests" not in judge(found, KEEP, RUNS).message


def test_what_is_shown_is_a_line_for_each_sentence_and_one_where_nothing_is_to_be_done() -> None:
    assert shown(["All is well.", "Nothing needs to be done."], healthy=True) == "All is well. Nothing needs to be done."
    assert shown(["A role differs.", "", "app_user: stale"], healthy=False) == ["A role differs.", "app_user: stale"]
