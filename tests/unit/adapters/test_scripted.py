# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the adapters conclude from the API's answers, with a fake that fails on any question that is not in its script."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters import images, jobs
from ansible_collections.alga.appliance.plugins.module_utils._adapters.kubernetes import APPS, KubernetesApi, path
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap import Image, JobState

DEPLOYMENT = path("deployments", "msp", "app", group=APPS)
PODS = path("pods", "msp")
NAME = "ghcr.io/app:latest"


class Script:
    """The API, reduced to the answers that a test expects to be asked for."""

    def __init__(self, answers: dict[str, t.Any]) -> None:
        self._answers = answers

    def get(self, url: str) -> t.Any:
        return self._answers[url]

    def items(self, url: str) -> t.Any:
        return self._answers[url]


def api(answers: dict[str, t.Any]) -> KubernetesApi:
    return t.cast("KubernetesApi", Script(answers))


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
    assert images.in_use(api({DEPLOYMENT: APP, PODS: pods}), "msp", "app") == Image(NAME, image_id)


def test_no_deployment_no_image() -> None:
    assert images.in_use(api({DEPLOYMENT: None}), "msp", "app") == Image()


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
    found = {"metadata": {**metadata, **({"deletionTimestamp": "x"} if deleted else {})}, "status": {"conditions": conditions}}
    job = jobs.read(api({jobs.job_path("msp"): found}), "msp")
    assert (job.state, job.run, job.database, job.migrations_before) == (state, "r1", "server_building", 3)
