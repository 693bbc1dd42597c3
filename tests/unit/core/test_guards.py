# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials, admission and bootstrap decisions: what may never happen, whatever was seen."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core import admission, bootstrap, credentials, names
from ansible_collections.alga.appliance.plugins.module_utils._core.database import DatabaseObservation, classify, mark
from ansible_collections.alga.appliance.plugins.module_utils._core.states import (
    CredentialDecision,
    Mode,
    SecretState,
    StorageState,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.storage import (
    Claim,
    Directory,
    StorageObservation,
    Volume,
    findings,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.storage import classify as classify_storage

CLAIM = names.claims(names.FULLNAME)[names.DATABASE_SECTION]
FILES = names.claims(names.FULLNAME)["server"]
IMAGE = bootstrap.Image("app:1", "sha256:1")
claims = st.builds(
    Claim,
    name=st.just(CLAIM),
    phase=st.sampled_from(["Bound", "Pending", "Lost"]),
    volume=st.sampled_from(["", "pv-1"]),
    terminating=st.booleans(),
    state=st.sampled_from(["", names.INITIALIZING, names.READY]),
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
)
secrets = st.one_of(st.none(), st.dictionaries(st.sampled_from(names.CREDENTIAL_KEYS), st.sampled_from([b"", b" ", b"x"])))


@given(storages, secrets)
def test_nothing_is_generated_where_data_may_exist_f2_u1(seen: StorageObservation, data: dict[str, bytes] | None) -> None:
    state, missing = credentials.classify(data)
    verdict = credentials.decide(
        secret="msp/db-credentials",
        state=state,
        missing=missing,
        storage=classify_storage(seen),
        findings=findings(seen),
    )
    may_hold_data = any(claim.volume for claim in seen.claims) or seen.volumes or seen.directories
    if verdict.decision is CredentialDecision.CREATE:
        assert data is None and not may_hold_data
    if data is None and may_hold_data:
        assert verdict.decision is CredentialDecision.REFUSE
        assert any(name in verdict.message for name in (CLAIM, "pv-1", "pv-2", "/data/pv-3"))


def test_a_partial_secret_is_never_filled_in_f3_u2() -> None:
    state, missing = credentials.classify(dict.fromkeys(names.CREDENTIAL_KEYS[1:], b"x"))
    verdict = credentials.decide(secret="s", state=state, missing=missing, storage=StorageState.NONE, findings=[])
    assert state is SecretState.PARTIAL
    assert verdict.decision is CredentialDecision.REFUSE
    assert names.CREDENTIAL_KEYS[0] in verdict.message


@pytest.mark.parametrize("storage", [state for state in StorageState if state is not StorageState.NONE])
def test_unknown_storage_generates_nothing(storage: StorageState) -> None:
    verdict = credentials.decide(secret="s", state=SecretState.ABSENT, missing=[], storage=storage, findings=[])
    assert verdict.decision is CredentialDecision.REFUSE


@given(storages)
def test_fresh_begins_only_on_nothing_and_resumes_only_its_own(seen: StorageObservation) -> None:
    ruling = admission.decide(Mode.FRESH, seen)
    if ruling.admission is admission.Admission.BEGIN:
        assert classify_storage(seen) is StorageState.NONE
    if ruling.admission is admission.Admission.RESUME:
        assert seen.first_run
    if ruling.admission is admission.Admission.REFUSE:
        assert ruling.next_action


@given(storages)
def test_recover_never_makes_a_claim_over_a_lost_volume_f36(seen: StorageObservation) -> None:
    ruling = admission.decide(Mode.RECOVER, seen)
    claim = seen.claim(CLAIM)
    if ruling.admission is not admission.Admission.REFUSE:
        assert claim is not None and claim.volume and not claim.terminating


@pytest.mark.parametrize("mode", Mode)
def test_nothing_is_installed_over_a_claim_that_is_being_deleted(mode: Mode) -> None:
    """The reinstall race: helm finds the old claim, which vanishes a moment later, and nobody makes it again."""
    seen = StorageObservation(
        "msp", CLAIM, claims=(Claim(CLAIM, "Bound", "pv-1"), Claim(FILES, "Bound", "pv-2", terminating=True))
    )
    ruling = admission.decide(mode, seen)
    assert ruling.admission is admission.Admission.REFUSE
    assert FILES in ruling.message and "Terminating" in ruling.message


def test_a_lost_volume_of_files_is_evidence_too_f36() -> None:
    volume = Volume("pv-2", "Released", FILES)
    alone = StorageObservation("msp", CLAIM, volumes=(volume,))
    assert admission.decide(Mode.FRESH, alone).admission is admission.Admission.REFUSE
    beside = StorageObservation("msp", CLAIM, claims=(Claim(CLAIM, "Bound", "pv-1"),), volumes=(volume,))
    ruling = admission.decide(Mode.RECOVER, beside)
    assert ruling.admission is admission.Admission.REFUSE
    assert f"{FILES} to pv-2" in ruling.next_action


def test_of_several_lost_volumes_none_is_chosen_for_the_operator_f36() -> None:
    seen = StorageObservation("msp", CLAIM, volumes=(Volume("pv-1", "Released", CLAIM), Volume("pv-2", "Released", CLAIM)))
    ruling = admission.decide(Mode.RECOVER, seen)
    assert ruling.admission is admission.Admission.REFUSE
    assert f"{CLAIM} to one of pv-1, pv-2, after looking into each" in ruling.next_action


def test_the_two_ways_on_are_named() -> None:
    seen = StorageObservation("msp", CLAIM, claims=(Claim(CLAIM, "Bound", "pv-1"),))
    ruling = admission.decide(Mode.FRESH, seen)
    assert ruling.admission is admission.Admission.REFUSE
    assert "recover.yml" in ruling.next_action and "wipe" in ruling.next_action and "pv-1" in ruling.message


def decide(mode: Mode, run: str, job: bootstrap.Job | None = None, **facts: t.Any) -> bootstrap.Step:
    seen = DatabaseObservation(server="db.msp", database="server", **facts)
    return bootstrap.decide(mode=mode, run=run, seen=seen, answer=classify(seen), job=job or bootstrap.Job(), image=IMAGE).step


BUILT = {"databases": {"server_building": mark("r1")}}
DONE = {
    "databases": {"server": ""},
    "tables": 9,
    "migrations": ("a",),
    "rows": dict.fromkeys(names.SEED_TABLES, 1),
    "ledger": {"run": "r1", "image": "app:1", "image_id": "sha256:1"},
}
OLDER_IMAGE = {**DONE, "ledger": {"run": "r1", "image": "app:1", "image_id": "sha256:0"}}


@pytest.mark.parametrize(
    ("step", "mode", "run", "job", "facts"),
    [
        (bootstrap.Step.BUILD, Mode.FRESH, "r1", None, {}),
        (bootstrap.Step.REFUSE, Mode.RECOVER, "", None, {}),
        (bootstrap.Step.REFUSE, Mode.RECOVER, "", None, BUILT),
        (bootstrap.Step.REBUILD, Mode.FRESH, "r1", None, BUILT),
        (bootstrap.Step.REFUSE, Mode.FRESH, "r1", None, {"databases": {"server_building": "mine"}}),
        (
            bootstrap.Step.WATCH,
            Mode.FRESH,
            "r1",
            bootstrap.Job(bootstrap.JobState.RUNNING, "r1", "server_building"),
            BUILT,
        ),
        (
            bootstrap.Step.PUBLISH,
            Mode.FRESH,
            "r1",
            bootstrap.Job(bootstrap.JobState.SUCCEEDED, "r1", "server_building"),
            BUILT,
        ),
        (
            bootstrap.Step.REBUILD,
            Mode.FRESH,
            "r1",
            bootstrap.Job(bootstrap.JobState.FAILED, "r1", "server_building"),
            BUILT,
        ),
        (bootstrap.Step.NOTHING, Mode.FRESH, "r1", None, DONE),
        (bootstrap.Step.REFUSE, Mode.FRESH, "r2", None, DONE),
        (bootstrap.Step.REFUSE, Mode.FRESH, "", None, {**DONE, "ledger": {}}),
        (bootstrap.Step.NOTHING, Mode.RECOVER, "", None, DONE),
        (bootstrap.Step.MIGRATE, Mode.RECOVER, "", None, {**DONE, "ledger": {}}),
        (bootstrap.Step.MIGRATE, Mode.RECOVER, "", None, OLDER_IMAGE),
        (bootstrap.Step.REFUSE, Mode.RECOVER, "", bootstrap.Job(bootstrap.JobState.RUNNING, "r1", "server_building"), BUILT),
        (bootstrap.Step.WATCH, Mode.RECOVER, "", bootstrap.Job(bootstrap.JobState.RUNNING, "r2", "server"), DONE),
        (bootstrap.Step.REFUSE, Mode.RECOVER, "", None, {**DONE, "locked": True}),
    ],
)
def test_the_bootstrap_takes_the_right_step(
    step: bootstrap.Step, mode: Mode, run: str, job: bootstrap.Job | None, facts: dict[str, t.Any]
) -> None:
    assert decide(mode, run, job, **facts) is step
