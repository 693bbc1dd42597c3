# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which image the application runs, and how its Jobs stand, as the adapters conclude it from the API's answers."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.bootstrap import jobs
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import images
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import APPS, BATCH, path
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Image, JobState
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedApi

DEPLOYMENT = path("deployments", "msp", "app", group=APPS)
PODS = path("pods", "msp")
NAME = "ghcr.io/app:latest"


def pod(image_id: str, created: str, *, bootstrap: bool = False, deleted: bool = False) -> dict[str, t.Any]:
    labels = {jobs.RUN_LABEL: "r1"} if bootstrap else {}
    metadata = {"creationTimestamp": created, "labels": labels, **({"deletionTimestamp": created} if deleted else {})}
    status = {"containerStatuses": [{"name": "c", "imageID": image_id}, {"name": "side", "imageID": "sha256:side"}]}
    return {
        "metadata": metadata,
        "spec": {"containers": [{"name": "c", "image": NAME}, {"name": "side", "image": "x"}]},
        "status": status,
    }


APP = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": NAME}]}}}}


@pytest.mark.parametrize(
    ("pods", "image_id"),
    [
        ([], ""),
        ([pod("", "2026-01-01")], ""),
        ([pod("sha256:1", "2026-01-01", bootstrap=True)], "sha256:1"),
        ([pod("sha256:2", "2026-01-02", bootstrap=True), pod("sha256:1", "2026-01-01")], "sha256:1"),
        ([pod("sha256:1", "2026-01-01", bootstrap=True), pod("", "2026-01-02")], ""),
        ([pod("sha256:1", "2026-01-01"), pod("sha256:2", "2026-01-02")], "sha256:2"),
        ([pod("sha256:1", "2026-01-01"), pod("sha256:2", "2026-01-02", deleted=True)], "sha256:1"),
    ],
)
def test_the_image_is_the_one_that_the_application_really_pulled(pods: list[dict[str, t.Any]], image_id: str) -> None:
    assert images.in_use(ScriptedApi({DEPLOYMENT: APP, PODS: pods}), "msp", "app") == Image(NAME, image_id)


def test_no_deployment_no_image() -> None:
    assert images.in_use(ScriptedApi({DEPLOYMENT: None}), "msp", "app") == Image()


@pytest.mark.parametrize(
    ("conditions", "deleted", "state"),
    [
        ([], False, JobState.RUNNING),
        ([{"type": "Complete", "status": "True"}], False, JobState.SUCCEEDED),
        ([{"type": "Failed", "status": "True"}], False, JobState.FAILED),
        ([{"type": "Complete", "status": "False"}], False, JobState.RUNNING),
        ([], True, JobState.FAILED),
    ],
)
def test_the_job_is_read_as_it_stands(conditions: list[dict[str, str]], deleted: bool, state: JobState) -> None:
    annotations = {jobs.DATABASE_ANNOTATION: "server_building", jobs.BEFORE_ANNOTATION: "3"}
    metadata = {"labels": {jobs.RUN_LABEL: "r1"}, "annotations": annotations, "creationTimestamp": "2026-01-01"}
    found = {
        "metadata": {"name": "alga-appliance-bootstrap", **metadata, **({"deletionTimestamp": "x"} if deleted else {})},
        "spec": {"template": {"spec": {"containers": [{"name": "bootstrap"}]}}},
        "status": {"conditions": conditions},
    }
    job = jobs.read(ScriptedApi({jobs.job_path("msp"): found, PODS: []}), "msp")
    assert (job.state, job.run, job.database, job.migrations_before) == (state, "r1", "server_building", 3)


def job_pod(exit_code: int | None, phase: str, *, sidecar: bool = True) -> dict[str, t.Any]:
    own: dict[str, t.Any] = {"running": {}} if exit_code is None else {"terminated": {"exitCode": exit_code}}
    mesh: dict[str, t.Any] = {"running": {}} if phase == "Running" else {"terminated": {"exitCode": 0}}
    statuses = [{"name": "mesh", "state": mesh}] * sidecar + [{"name": "bootstrap", "state": own}]
    return {"status": {"phase": phase, "containerStatuses": statuses}}


@pytest.mark.parametrize(
    ("pods", "state"),
    [
        ([], JobState.RUNNING),
        ([{"status": {"phase": "Pending"}}], JobState.RUNNING),
        ([job_pod(None, "Running")], JobState.RUNNING),
        ([job_pod(0, "Running")], JobState.SUCCEEDED),
        ([job_pod(1, "Running")], JobState.FAILED),
        # The Job controller makes another attempt of it, or says itself that there is none.
        ([job_pod(1, "Failed")], JobState.RUNNING),
        ([job_pod(1, "Failed"), job_pod(0, "Running")], JobState.SUCCEEDED),
        # The kubelet says that the pod runs for a moment after its only container has ended.
        ([job_pod(1, "Running", sidecar=False)], JobState.RUNNING),
    ],
)
def test_a_job_is_over_when_its_own_container_is_whatever_a_sidecar_does_r14(pods: list[t.Any], state: JobState) -> None:
    job = {"metadata": {"name": "job"}, "spec": {"template": {"spec": {"containers": [{"name": "bootstrap"}]}}}, "status": {}}
    assert jobs.state_of(job, pods) is state
    listed = {**job, "status": {"active": 1}}
    answers: dict[str, t.Any] = {path("jobs", "msp", group=BATCH): [listed], PODS: pods}
    assert jobs.at_work(ScriptedApi(answers), "msp") == (("job",) if state is JobState.RUNNING else ())


@pytest.mark.parametrize(
    ("active", "exit_code", "sidecar", "deleted"),
    [
        (1, 0, True, True),
        # The Job controller has not come round to it yet, and the Job's log stays.
        (1, 0, False, False),
        (1, 1, True, False),
        (1, None, True, False),
        (0, 0, True, False),
    ],
)
def test_only_a_job_that_has_done_its_work_and_does_not_end_is_removed_r14(
    monkeypatch: pytest.MonkeyPatch, active: int, exit_code: int | None, sidecar: bool, deleted: bool
) -> None:
    gone: list[str] = []
    monkeypatch.setattr(jobs, "delete", lambda _api, _namespace, name: gone.append(name))
    spec = {"template": {"spec": {"containers": [{"name": "bootstrap"}]}}}
    found = {"metadata": {"name": "job"}, "spec": spec, "status": {"active": active}}
    answers: dict[str, t.Any] = {jobs.job_path("msp", "job"): found, PODS: [job_pod(exit_code, "Running", sidecar=sidecar)]}
    jobs.dismiss(ScriptedApi(answers), "msp", "job")
    assert gone == (["job"] if deleted else [])
