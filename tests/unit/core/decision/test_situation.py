# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what was observed to the next step: volumes, Secret, database and Job as they really come."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Job, JobState, Stage, work
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.credentials import classify as classify_secret
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import (
    DatabaseObservation,
    mark,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import Secret
from ansible_collections.alga.appliance.plugins.module_utils._core.states import (
    CredentialState,
    Mode,
    Step,
    StorageState,
    Work,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.contents import Contents
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import (
    Claim,
    Directory,
    StorageObservation,
    Volume,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import classify as classify_storage
from ansible_collections.alga.appliance.tests.unit.decided import (
    BEHIND,
    BUILT,
    CLAIM,
    CUT_OFF,
    DONE,
    ELSEWHERE,
    EMPTY,
    FILES,
    FIRST_RUN,
    FULL,
    HALF,
    KILLED,
    LOCKED,
    MARKED,
    MIGRATED,
    MISSING,
    NOTHING,
    PARTIAL,
    PRESENT,
    SEEDED,
    SEEDLESS,
    UNWRITTEN,
    charts,
    decided,
    job,
)


@pytest.mark.parametrize(
    ("step", "mode", "storage", "database", "further"),
    [
        (Step.WATCH, Mode.FRESH, FIRST_RUN, {}, {"job": charts(JobState.RUNNING)}),
        (Step.WATCH, Mode.FRESH, FIRST_RUN, EMPTY, {"job": charts(JobState.RUNNING)}),
        (Step.WATCH, Mode.FRESH, FIRST_RUN, HALF, {"job": charts(JobState.RUNNING)}),
        (Step.WATCH, Mode.FRESH, FIRST_RUN, {**HALF, "locked": True, "backends": 1}, {"job": charts(JobState.RUNNING)}),
        (Step.WATCH, Mode.FRESH, FIRST_RUN, PARTIAL, {"job": charts(JobState.RUNNING)}),
        (Step.WATCH, Mode.RECOVER, FIRST_RUN, FULL, {"job": charts(JobState.RUNNING)}),
        (Step.RECORD, Mode.FRESH, FIRST_RUN, FULL, {"job": charts(JobState.SUCCEEDED)}),
        (Step.RECORD, Mode.FRESH, FIRST_RUN, SEEDLESS, {"job": charts(JobState.SUCCEEDED)}),
        (Step.WITHDRAW, Mode.FRESH, FIRST_RUN, HALF, {"job": charts(JobState.SUCCEEDED)}),
        (Step.WITHDRAW, Mode.FRESH, FIRST_RUN, EMPTY, {}),
        (Step.WITHDRAW, Mode.FRESH, FIRST_RUN, HALF, {"job": charts(JobState.FAILED)}),
        (Step.WITHDRAW, Mode.FRESH, FIRST_RUN, {**HALF, "locked": True}, {"job": charts(JobState.FAILED)}),
        (Step.WITHDRAW, Mode.FRESH, FIRST_RUN, PARTIAL, {"job": charts(JobState.FAILED)}),
        (Step.WITHDRAW, Mode.FRESH, FIRST_RUN, SEEDLESS, {}),
        (Step.WITHDRAW, Mode.FRESH, FIRST_RUN, FULL, {"job": charts(JobState.FAILED)}),
        (Step.WITHDRAW, Mode.RECOVER, FIRST_RUN, PARTIAL, {"expect": ("absent",)}),
        # Another run's mark, no mark, an application that may have run, another migration: not this first run's to undo.
        (Step.REFUSE, Mode.FRESH, FIRST_RUN, {**HALF, "databases": {"server": mark("r0")}}, {}),
        (Step.REFUSE, Mode.FRESH, FIRST_RUN, {**PARTIAL, "databases": {"server": ""}}, {}),
        (Step.REFUSE, Mode.FRESH, FIRST_RUN, PARTIAL, {"application": True}),
        (Step.REFUSE, Mode.FRESH, FIRST_RUN, SEEDLESS, {"application": True}),
        (Step.REFUSE, Mode.FRESH, FIRST_RUN, {**HALF, "locked": True, "backends": 1}, {}),
        (Step.REFUSE, Mode.FRESH, PRESENT, PARTIAL, {}),
        (Step.REFUSE, Mode.RECOVER, FIRST_RUN, PARTIAL, {}),
        (Step.REFUSE, Mode.RECOVER, FIRST_RUN, FULL, {}),
        (Step.REFUSE, Mode.RECOVER, FIRST_RUN, {**HALF, "locked": True}, {"release_lock": True}),
        # On an appliance with data the Job migrates, and is recorded once the database is what it should be.
        (Step.MIGRATE, Mode.RECOVER, PRESENT, BEHIND, {"job": charts(JobState.FAILED, Stage.MIGRATE, "r2")}),
        (Step.RECORD, Mode.RECOVER, PRESENT, DONE, {"job": charts(JobState.SUCCEEDED, Stage.MIGRATE, "r2")}),
        (Step.NOTHING, Mode.RECOVER, PRESENT, DONE, {"job": charts(JobState.SUCCEEDED)}),
    ],
)
def test_the_next_step_where_the_chart_s_own_job_works_f17_f19_f21(
    step: Step, mode: Mode, storage: StorageObservation | None, database: dict[str, t.Any] | None, further: dict[str, t.Any]
) -> None:
    decision = decided(mode, storage, database, **further)
    assert decision.step is step, decision
    if step is Step.REFUSE and mode is Mode.RECOVER:
        assert "fresh.yml" in decision.next_action


@pytest.mark.parametrize(
    ("step", "mode", "storage", "database", "further"),
    [
        (Step.PREPARE, Mode.FRESH, NOTHING, None, {"secret": MISSING}),
        (Step.PREPARE, Mode.FRESH, NOTHING, None, {}),
        (Step.REFUSE, Mode.FRESH, NOTHING, DONE, {}),
        (Step.START, Mode.FRESH, FIRST_RUN, None, {}),
        (Step.REFUSE, Mode.FRESH, FIRST_RUN, None, {"secret": MISSING}),
        (Step.MOVE_DATA_ASIDE, Mode.FRESH, KILLED, None, {}),
        (Step.REFUSE, Mode.RECOVER, KILLED, None, {}),
        (Step.MOVE_DATA_ASIDE, Mode.FRESH, CUT_OFF, {}, {}),
        (Step.MOVE_DATA_ASIDE, Mode.FRESH, CUT_OFF, BUILT, {}),
        (Step.REFUSE, Mode.FRESH, CUT_OFF, MARKED, {}),
        (Step.REFUSE, Mode.RECOVER, CUT_OFF, BUILT, {}),
        (Step.REFUSE, Mode.FRESH, dataclasses.replace(PRESENT, contents=KILLED.contents), None, {}),
        (Step.REFUSE, Mode.FRESH, dataclasses.replace(KILLED, contents=Contents(initializing=(".initializing",))), None, {}),
        (Step.REFUSE, Mode.FRESH, PRESENT, None, {}),
        (Step.REFUSE, Mode.FRESH, None, None, {"unread": "403.", "mend": "Ask for it."}),
        (Step.REFUSE, Mode.RECOVER, NOTHING, None, {}),
        (Step.PREPARE, Mode.RECOVER, NOTHING, None, {"secret": MISSING, "expect": ("absent",)}),
        (Step.START, Mode.RECOVER, PRESENT, None, {}),
        (Step.REFUSE, Mode.RECOVER, PRESENT, None, {"secret": MISSING}),
        (Step.BUILD, Mode.FRESH, FIRST_RUN, {}, {}),
        (Step.REFUSE, Mode.RECOVER, PRESENT, {}, {}),
        (Step.BUILD, Mode.RECOVER, PRESENT, {}, {"expect": ("absent",)}),
        (Step.REFUSE, Mode.RECOVER, PRESENT, {"databases": {"server": ""}, "tables": 0}, {}),
        (Step.REFUSE, Mode.FRESH, FIRST_RUN, {"databases": {"server": ""}, "tables": 0}, {}),
        (Step.MOVE_DATABASE_ASIDE, Mode.RECOVER, PRESENT, {"databases": {"server": ""}, "tables": 0}, {"expect": ("created",)}),
        (Step.BUILD, Mode.RECOVER, PRESENT, {}, {"expect": ("created",)}),
        (Step.REFUSE, Mode.RECOVER, PRESENT, BUILT, {}),
        (Step.REBUILD, Mode.FRESH, FIRST_RUN, BUILT, {}),
        (Step.REFUSE, Mode.FRESH, FIRST_RUN, {"databases": {"server_building": "mine"}}, {}),
        (Step.WATCH, Mode.FRESH, FIRST_RUN, BUILT, {"job": job(JobState.RUNNING, "server_building")}),
        (Step.SEED, Mode.FRESH, FIRST_RUN, MIGRATED, {"job": job(JobState.SUCCEEDED, "server_building")}),
        (Step.PUBLISH, Mode.FRESH, FIRST_RUN, SEEDED, {"job": job(JobState.SUCCEEDED, "server_building", Stage.SEED)}),
        (Step.REBUILD, Mode.FRESH, FIRST_RUN, SEEDED, {"job": job(JobState.SUCCEEDED, "server_building", Stage.SEED, "r0")}),
        # The Job succeeded, and its work is not there: the volume was put back to an earlier moment of the same run.
        (Step.REBUILD, Mode.FRESH, FIRST_RUN, BUILT, {"job": job(JobState.SUCCEEDED, "server_building")}),
        (Step.REBUILD, Mode.FRESH, FIRST_RUN, MIGRATED, {"job": job(JobState.SUCCEEDED, "server_building", Stage.SEED)}),
        (Step.REBUILD, Mode.FRESH, FIRST_RUN, BUILT, {"job": job(JobState.FAILED, "server_building")}),
        (Step.REFUSE, Mode.RECOVER, FIRST_RUN, BUILT, {"job": job(JobState.RUNNING, "server_building")}),
        (Step.NOTHING, Mode.FRESH, FIRST_RUN, DONE, {}),
        (Step.REFUSE, Mode.FRESH, FIRST_RUN, {**DONE, "ledger": {"run": "r0"}, "recorded": ("r0",)}, {}),
        (Step.REFUSE, Mode.FRESH, FIRST_RUN, {**DONE, "ledger": {}, "recorded": ()}, {}),
        (Step.NOTHING, Mode.RECOVER, PRESENT, DONE, {}),
        (Step.NOTHING, Mode.RECOVER, FIRST_RUN, DONE, {}),
        (Step.ADOPT, Mode.RECOVER, PRESENT, {**DONE, "ledger": {}, "recorded": ()}, {}),
        (Step.REFUSE, Mode.RECOVER, PRESENT, DONE, {"expect": ("migrated",)}),
        (Step.MIGRATE, Mode.RECOVER, PRESENT, BEHIND, {}),
        (Step.WATCH, Mode.RECOVER, PRESENT, BEHIND, {"job": job(JobState.RUNNING, "server", run="r2")}),
        (Step.RECORD, Mode.RECOVER, PRESENT, DONE, {"job": job(JobState.SUCCEEDED, "server", run="r2")}),
        (Step.NOTHING, Mode.RECOVER, PRESENT, DONE, {"job": job(JobState.SUCCEEDED, "server", run="r1")}),
        (Step.REFUSE, Mode.RECOVER, PRESENT, {**DONE, "expected": ()}, {}),
        (Step.REFUSE, Mode.RECOVER, PRESENT, LOCKED, {}),
        (Step.RELEASE_LOCK, Mode.RECOVER, PRESENT, LOCKED, {"release_lock": True}),
        (Step.REFUSE, Mode.RECOVER, PRESENT, {**LOCKED, "backends": 1}, {"release_lock": True}),
        # R25: nobody begins anew beside a database that carries the ledger, but by option.
        (Step.REFUSE, Mode.FRESH, FIRST_RUN, ELSEWHERE, {}),
        (Step.REFUSE, Mode.RECOVER, PRESENT, ELSEWHERE, {}),
        (Step.BUILD, Mode.RECOVER, PRESENT, ELSEWHERE, {"expect": ("absent",)}),
        # R4: what cannot be written is not converged on, adopted, migrated or built.
        (Step.REFUSE, Mode.RECOVER, PRESENT, {**DONE, "read_only": UNWRITTEN}, {}),
        (Step.REFUSE, Mode.RECOVER, PRESENT, {**BEHIND, "read_only": UNWRITTEN}, {}),
        (Step.REFUSE, Mode.FRESH, FIRST_RUN, {"read_only": UNWRITTEN}, {}),
        (Step.REFUSE, Mode.RECOVER, PRESENT, {**LOCKED, "jobs": ("some-job",)}, {"release_lock": True}),
        (Step.WATCH, Mode.RECOVER, PRESENT, {**LOCKED, "backends": 1}, {"job": job(JobState.RUNNING, "server")}),
    ],
)
def test_the_next_step(
    step: Step, mode: Mode, storage: StorageObservation | None, database: dict[str, t.Any] | None, further: dict[str, t.Any]
) -> None:
    decision = decided(mode, storage, database, **further)
    assert decision.step is step, decision
    assert decision.message.endswith(".") or ". " in decision.message
    if step is Step.REFUSE:
        assert decision.next_action


def test_what_the_application_may_have_used_is_nobody_s_to_undo_and_the_way_on_is_named() -> None:
    for database in (PARTIAL, SEEDLESS, EMPTY, {**HALF, "locked": True}):
        decision = decided(Mode.FRESH, FIRST_RUN, database, application=True)
        assert decision.step is Step.REFUSE
        assert "0 replicas" in decision.next_action, decision


def test_the_options_that_allow_more_are_named_in_the_refusals() -> None:
    assert "alga_expect is set to absent" in decided(Mode.RECOVER, NOTHING, None).next_action
    assert "alga_expect is set to absent" in decided(Mode.RECOVER, PRESENT, {}).next_action
    empty = decided(Mode.RECOVER, PRESENT, {"databases": {"server": ""}, "tables": 0})
    assert "alga_expect names created" in empty.next_action
    assert "alga_release_migration_lock" in decided(Mode.RECOVER, PRESENT, LOCKED).next_action
    assert "alga_expect" in decided(Mode.RECOVER, PRESENT, DONE, expect=("migrated",)).next_action


def test_every_refusal_over_a_renamed_database_names_the_rename_and_no_wipe_r25() -> None:
    empty = {"databases": {"server": "", "server_old": ""}, "tables": 0, "elsewhere": ("server_old",)}
    for mode, database in ((Mode.FRESH, ELSEWHERE), (Mode.RECOVER, ELSEWHERE), (Mode.FRESH, empty), (Mode.RECOVER, empty)):
        decision = decided(mode, PRESENT, database)
        assert decision.step is Step.REFUSE and "ALTER DATABASE server_old RENAME TO server" in decision.next_action, decision
        assert "wipe" not in decision.next_action


def test_the_two_ways_on_are_named() -> None:
    refused = decided(Mode.FRESH, PRESENT, None)
    assert "recover.yml" in refused.next_action and "wipe" in refused.next_action and "pv-1" in refused.message


claims = st.builds(
    Claim,
    name=st.just(CLAIM),
    phase=st.sampled_from(["Bound", "Pending", "Lost"]),
    volume=st.sampled_from(["", "pv-1"]),
    terminating=st.booleans(),
    state=st.sampled_from(["", names.MADE, names.INITIALIZING, names.READY]),
    run=st.sampled_from(["", "r1"]),
)
volumes = st.builds(
    Volume,
    name=st.sampled_from(["pv-1", "pv-2"]),
    phase=st.sampled_from(["Released", "Bound", "Failed"]),
    claim=st.just(CLAIM),
)
directories = st.builds(
    Directory,
    path=st.just("/data/pv-3"),
    claim=st.just(CLAIM),
    version=st.sampled_from(["", "17"]),
    control=st.booleans(),
)
storages = st.builds(
    StorageObservation,
    namespace=st.just("msp"),
    database_claim=st.just(CLAIM),
    claims=st.lists(claims, max_size=1).map(tuple),
    volumes=st.lists(volumes, max_size=2).map(tuple),
    directories=st.one_of(st.none(), st.lists(directories, max_size=1).map(tuple)),
    contents=st.sampled_from([None, Contents(), Contents(begun=True, version="17", control=True)]),
)
secrets = st.one_of(st.none(), st.dictionaries(st.sampled_from(names.CREDENTIAL_KEYS), st.sampled_from([b"", b" ", b"x"])))


@given(st.sampled_from(Mode), storages, secrets, st.booleans())
def test_nothing_is_generated_where_data_may_exist_f2_u1(
    mode: Mode, storage: StorageObservation, data: dict[str, bytes] | None, begin: bool
) -> None:
    state, missing = classify_secret(data)
    expect = ("absent",) if begin else ("migrated", "seeded")
    decision = decided(mode, storage, None, secret=Secret("msp/db-credentials", state, missing), expect=expect)
    holds = any(claim.volume for claim in storage.claims) and not storage.proved_empty
    bound = {claim.volume for claim in storage.claims}
    may_hold_data = holds or any(volume.name not in bound for volume in storage.volumes) or storage.orphans
    if decision.step is Step.PREPARE:
        assert not may_hold_data
    if data is None and may_hold_data:
        assert decision.step is Step.REFUSE
        assert any(name in decision.message for name in (CLAIM, "pv-1", "pv-2", "/data/pv-3"))


def test_a_partial_secret_is_never_filled_in_f3_u2() -> None:
    state, missing = classify_secret(dict.fromkeys(names.CREDENTIAL_KEYS[1:], b"x"))
    decision = decided(Mode.FRESH, NOTHING, None, secret=Secret("msp/db-credentials", state, missing))
    assert (state, decision.step) == (CredentialState.PARTIAL, Step.REFUSE)
    assert names.CREDENTIAL_KEYS[0] in decision.message


@given(storages)
def test_recover_never_makes_a_claim_over_a_lost_volume_f36(storage: StorageObservation) -> None:
    claim = storage.claim(CLAIM)
    if decided(Mode.RECOVER, storage, None).step is not Step.REFUSE:
        assert claim is not None and not claim.terminating
        assert claim.volume or claim.state == names.INITIALIZING


@pytest.mark.parametrize("mode", Mode)
def test_nothing_is_installed_over_a_claim_that_is_being_deleted(mode: Mode) -> None:
    """The reinstall race: helm finds the old claim, which vanishes a moment later, and nobody makes it again."""
    storage = StorageObservation(
        "msp", CLAIM, claims=(Claim(CLAIM, "Bound", "pv-1"), Claim(FILES, "Bound", "pv-2", terminating=True))
    )
    decision = decided(mode, storage, DONE)
    assert decision.step is Step.REFUSE
    assert FILES in decision.message and "Terminating" in decision.message


def test_what_holds_a_claim_that_is_being_deleted_is_named_r42() -> None:
    """The chart keeps Redis' StatefulSet on uninstall, and that holds its claim for ever."""
    leaving = Claim(FILES, "Bound", "pv-2", terminating=True, held=("pod redis-0 of StatefulSet redis",))
    decision = decided(Mode.FRESH, StorageObservation("msp", CLAIM, claims=(leaving,)), None)
    assert "held by pod redis-0 of StatefulSet redis" in decision.message
    assert decision.next_action.startswith("Delete what holds them (pod redis-0 of StatefulSet redis)")


def test_a_lost_volume_of_files_is_evidence_too_f36() -> None:
    volume = Volume("pv-2", "Released", FILES)
    assert decided(Mode.FRESH, dataclasses.replace(NOTHING, volumes=(volume,)), None).step is Step.REFUSE
    decision = decided(Mode.RECOVER, dataclasses.replace(PRESENT, volumes=(volume,)), DONE)
    assert decision.step is Step.REFUSE
    assert f"{FILES} to pv-2" in decision.next_action


def test_of_several_lost_volumes_none_is_chosen_for_the_operator_f36() -> None:
    storage = dataclasses.replace(NOTHING, volumes=(Volume("pv-1", "Released", CLAIM), Volume("pv-2", "Released", CLAIM)))
    decision = decided(Mode.RECOVER, storage, None)
    assert decision.step is Step.REFUSE
    assert f"{CLAIM} to one of pv-1, pv-2, after inspecting each" in decision.next_action


def test_the_claims_of_a_first_run_get_their_volumes_one_after_the_other() -> None:
    waiting = Claim(CLAIM, "Pending", state=names.INITIALIZING, run="r1")
    assert classify_storage(dataclasses.replace(NOTHING, claims=(waiting,))) is StorageState.NONE
    beside = dataclasses.replace(NOTHING, claims=(waiting, Claim(FILES, "Bound", "pv-2")))
    assert classify_storage(beside) is StorageState.FIRST_RUN


@pytest.mark.parametrize(
    ("found", "database", "expected"),
    [
        (Job(), BUILT, Work.NONE),
        (job(JobState.RUNNING, "server_building"), BUILT, Work.UNDER_WAY),
        (job(JobState.RUNNING, "server"), BUILT, Work.NONE),
        (job(JobState.SUCCEEDED, "server_building"), MIGRATED, Work.MIGRATED),
        (job(JobState.SUCCEEDED, "server_building"), BUILT, Work.NONE),
        (job(JobState.SUCCEEDED, "server_building", Stage.SEED), SEEDED, Work.SEEDED),
        (job(JobState.SUCCEEDED, "server_building", Stage.SEED), MIGRATED, Work.NONE),
        (job(JobState.SUCCEEDED, "server_building", run="another"), MIGRATED, Work.NONE),
        (job(JobState.FAILED, "server_building"), MIGRATED, Work.NONE),
    ],
)
def test_a_job_counts_only_for_the_database_in_which_its_work_is(found: Job, database: dict[str, t.Any], expected: Work) -> None:
    assert work(found, DatabaseObservation(server="db.msp", database="server", **database)) is expected


def test_a_half_built_database_names_the_playbook_that_goes_on_f17() -> None:
    """fresh.yml continues its own first run, and refuses a volume that is not marked as one; then it must not be named."""
    assert decided(Mode.RECOVER, FIRST_RUN, BUILT).next_action == "Run fresh.yml, which continues first run r1."
    assert decided(Mode.FRESH, PRESENT, BUILT).step is Step.REFUSE
    advice = decided(Mode.RECOVER, PRESENT, BUILT).next_action
    assert "fresh.yml refuses it too" in advice and "alga_expect is set to absent" in advice


def test_rows_that_migrations_made_have_a_named_way_on_f24() -> None:
    """Without a ledger nothing tells a cut-off seeding from migrations that fill a table; the operator can, and is told where."""
    rows = {**dict.fromkeys(names.SEED_TABLES, 0), "permissions": 3}
    advice = decided(Mode.RECOVER, PRESENT, {**DONE, "ledger": {}, "recorded": (), "rows": rows}).next_action
    assert "If migrations, not seeds, fill permissions, list those tables in alga_seed_contract.filled_by_migrations" in advice
