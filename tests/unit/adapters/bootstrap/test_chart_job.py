# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of the chart's bootstrap Job while it lives, after its end and when it is gone; and what is kept of its log."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.bootstrap import chart_job
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import BATCH, KubernetesApi, path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Job, JobState, Stage
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed

NAMESPACE, FULLNAME = "msp", names.FULLNAME
NAME = f"{FULLNAME}-bootstrap-r2"
PASSWORD = "a-long-password"
SECRETS = [{"data": {"DB_PASSWORD_SUPERUSER": base64.b64encode(PASSWORD.encode()).decode()}}]
PLANNED = Job(JobState.RUNNING, "r1", Stage.SEED, names.DATABASE, 3, "now", NAME)


class Cluster:
    """Jobs, pods with their logs and one ConfigMap."""

    def __init__(self) -> None:
        self.jobs: list[dict[str, t.Any]] = []
        self.logs: dict[str, str] = {}
        self.record: dict[str, t.Any] | None = None

    def items(self, url: str, **_query: str) -> list[dict[str, t.Any]]:
        pods = [
            {
                "metadata": {"name": name, "creationTimestamp": f"2026-01-0{number}"},
                "status": {"phase": "Failed", "containerStatuses": [{"name": "own", "state": {"terminated": {"exitCode": 1}}}]},
            }
            for number, name in enumerate(self.logs, 1)
        ]
        return {path("jobs", NAMESPACE, group=BATCH): self.jobs, path("pods", NAMESPACE): pods}[url]

    def secrets(self, namespace: str) -> list[dict[str, t.Any]]:
        assert namespace == NAMESPACE
        return SECRETS

    def get(self, url: str) -> dict[str, t.Any] | None:
        if "configmaps" in url:
            return self.record
        return next((job for job in self.jobs if url.endswith(f"/{job['metadata']['name']}")), None)

    def apply(self, url: str, body: dict[str, t.Any]) -> None:
        assert url.endswith(names.CHART_JOB_LOG)
        self.record = json.loads(json.dumps(body))

    def request(self, _method: str, url: str, **_query: t.Any) -> str | None:
        return self.logs[url.split("/")[-2]]

    def delete(self, url: str, *, propagation: str) -> None:
        assert propagation == "Foreground", "its pods go first"
        self.jobs = [job for job in self.jobs if not url.endswith(f"/{job['metadata']['name']}")]

    def add(
        self, name: str = NAME, *, uid: str = "u1", created: str = "2026-01-01", seeds: str = "true", **status: t.Any
    ) -> None:
        env = [{"name": "SETUP_RUN_SEEDS", "value": seeds}]
        self.jobs.append(
            {
                "metadata": {"name": name, "uid": uid, "creationTimestamp": created},
                "spec": {"template": {"spec": {"containers": [{"name": "own", "env": env}]}}},
                "status": status,
            }
        )


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def api(cluster: Cluster) -> KubernetesApi:
    return t.cast("KubernetesApi", cluster)


def read(cluster: Cluster) -> Job:
    return chart_job.read(api(cluster), NAMESPACE, FULLNAME)


def ended(kind: str) -> list[dict[str, str]]:
    return [{"type": kind, "status": "True"}]


def test_none_there_and_none_known(cluster: Cluster) -> None:
    cluster.add("another-job")
    assert read(cluster).state is JobState.ABSENT


def test_a_planned_job_is_its_run_s_while_it_lives_and_unknown_is_failed_when_it_is_gone_f30(cluster: Cluster) -> None:
    chart_job.plan(api(cluster), NAMESPACE, PLANNED)
    assert read(cluster).state is JobState.FAILED, "nobody saw it"
    cluster.add()
    found = read(cluster)
    assert (found.state, found.run, found.stage, found.migrations_before) == (JobState.RUNNING, "r1", Stage.SEED, 3)
    assert found.started_at == "2026-01-01"


def test_what_was_seen_is_known_after_the_job_is_gone_f30_u13(cluster: Cluster) -> None:
    chart_job.plan(api(cluster), NAMESPACE, PLANNED)
    cluster.add(conditions=ended("Complete"))
    chart_job.clear(api(cluster), NAMESPACE, FULLNAME)
    assert cluster.jobs == []
    assert (read(cluster).state, read(cluster).run) == (JobState.SUCCEEDED, "r1")


@pytest.mark.parametrize(
    ("seeds", "failed", "state"),
    [("true", 0, JobState.SUCCEEDED), ("true", 1, JobState.FAILED), ("false", 1, JobState.SUCCEEDED)],
)
def test_a_further_attempt_proves_nothing_about_seeds_f21(cluster: Cluster, seeds: str, failed: int, state: JobState) -> None:
    cluster.add(seeds=seeds, failed=failed, conditions=ended("Complete"))
    assert read(cluster).state is state


def test_somebody_else_s_job_is_a_run_of_its_own(cluster: Cluster) -> None:
    chart_job.plan(api(cluster), NAMESPACE, PLANNED)
    cluster.add(seeds="false")
    chart_job.keep(api(cluster), NAMESPACE, cluster.jobs[0])
    cluster.jobs.clear()
    cluster.add(uid="u2", seeds="false", conditions=ended("Complete"))
    assert (read(cluster).run, read(cluster).stage) == ("u2", Stage.MIGRATE), "the same name is not the same Job (F31)"


def test_the_job_at_work_is_the_one_to_go_by_f31(cluster: Cluster) -> None:
    cluster.add(f"{FULLNAME}-bootstrap-r10", uid="u10", created="2026-01-02", conditions=ended("Failed"))
    cluster.add(f"{FULLNAME}-bootstrap-r9", uid="u9", created="2026-01-01")
    assert read(cluster).run == "u9"
    cluster.jobs[1]["status"] = {"conditions": ended("Complete")}
    assert read(cluster).run == "u10"


def test_a_job_at_work_is_never_deleted_f19(cluster: Cluster) -> None:
    cluster.add()
    chart_job.clear(api(cluster), NAMESPACE, FULLNAME)
    assert len(cluster.jobs) == 1


def test_the_log_of_every_attempt_is_kept_without_passwords_f10_f30(cluster: Cluster) -> None:
    cluster.add(failed=2, conditions=ended("Failed"))
    cluster.logs = {"z-first": f"Using DB_PASSWORD_ADMIN: {PASSWORD}\nmigration 5 failed\n", "a-last": "locked\n"}
    chart_job.keep(api(cluster), NAMESPACE, cluster.jobs[0])
    del cluster.logs["z-first"]
    with pytest.raises(ActionFailed) as failure:
        chart_job.watch(api(cluster), NAMESPACE, FULLNAME, progress_timeout=0, progress=lambda: None, waits=str, tell=print)
    assert cluster.record is not None and set(cluster.record["data"]) == {"z-first", "a-last"}
    assert PASSWORD not in json.dumps(cluster.record) + failure.value.message
    said = failure.value.message
    assert said.index("migration 5 failed") < said.index("locked"), "the cause is in the first attempt, the rest follows from it"
