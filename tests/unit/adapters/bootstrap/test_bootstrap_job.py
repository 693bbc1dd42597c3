# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bootstrap Job's manifest: one attempt of one stage, on what the right image has."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.bootstrap import jobs
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import run_script
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Image, Job, Stage

DONE = "COMMENT ON DATABASE server_building IS 'done'"
SEEDS = "/app/ee/server/seeds/onboarding"


class Cluster:
    """The API, reduced to what is written."""

    def __init__(self) -> None:
        self.written: list[dict[str, t.Any]] = []

    def apply(self, _url: str, body: dict[str, t.Any]) -> None:
        self.written.append(body)

    create = apply

    def items(self, url: str) -> list[dict[str, t.Any]]:
        assert url == path("limitranges", "msp")
        return [{"spec": {"limits": [{"type": "Container", "max": {"cpu": "800m"}, "min": {"cpu": "200m"}}]}}]


def create(
    stage: Stage, pod: dict[str, t.Any] | None = None, **environment: str
) -> tuple[dict[str, t.Any], dict[str, t.Any], dict[str, t.Any]]:
    """The ConfigMap and the Job, and the environment of its container by name."""
    cluster = Cluster()
    jobs.create(
        t.cast("t.Any", cluster),
        namespace="msp",
        job=Job(run="r1", stage=stage, database="server_building", migrations_before=3),
        image=Image("app:1", pod=pod or {}),
        service="db.msp.svc",
        secret="db-credentials",
        seeds=SEEDS,
        done=DONE,
        environment=environment,
    )
    config, job = cluster.written
    return config, job, {entry["name"]: entry for entry in job["spec"]["template"]["spec"]["containers"][0]["env"]}


def test_a_job_is_one_attempt_and_has_no_access_to_the_cluster_f19() -> None:
    config, job, env = create(Stage.MIGRATE)
    pod = job["spec"]["template"]
    assert (job["spec"]["backoffLimit"], pod["spec"]["restartPolicy"]) == (0, "Never")
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert job["metadata"]["labels"] == pod["metadata"]["labels"]
    assert job["metadata"]["labels"][jobs.RUN_LABEL] == "r1"
    assert job["metadata"]["annotations"][jobs.DATABASE_ANNOTATION] == env["DB_NAME_SERVER"]["value"] == "server_building"
    assert env["RUN_DONE"]["value"] == DONE
    assert config["data"] == {"run.cjs": run_script.SOURCE}
    assert pod["spec"]["volumes"][0]["configMap"]["name"] == config["metadata"]["name"]
    assert all("secretKeyRef" in entry["valueFrom"] for name, entry in env.items() if "PASSWORD" in name)


@pytest.mark.parametrize(
    ("stage", "command", "folder"),
    [(Stage.MIGRATE, "migrate:latest", "/app/server/migrations"), (Stage.SEED, "seed:run", SEEDS)],
)
def test_each_stage_runs_on_its_own_folder_and_needs_it_in_the_image_f23(stage: Stage, command: str, folder: str) -> None:
    _config, job, env = create(stage, NODE_ENV="production", MORE="1")
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert container["command"][:2] == ["node", f"{container['volumeMounts'][0]['mountPath']}/run.cjs"]
    assert command in container["command"] and container["workingDir"] == "/app/server"
    assert env["RUN_NEEDS"]["value"] == f"/app/server/knexfile.cjs:{folder}"
    assert (env["SEEDS_DIR"]["value"], env["MORE"]["value"]) == (SEEDS, "1")
    assert env["NODE_ENV"]["value"] == "migration", "the application's own role could not migrate"


def test_a_job_is_like_the_pods_of_the_application_r13() -> None:
    pod = {
        "imagePullSecrets": [{"name": "registry"}],
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "only", "operator": "Exists"}],
        "priorityClassName": "high",
        "serviceAccountName": "app",
        "securityContext": {"runAsNonRoot": True},
        "affinity": {"nodeAffinity": {"required": 1}, "podAntiAffinity": {"required": 2}},
        "hostNetwork": True,
        "volumes": [{"name": "files"}],
        "containers": [
            {
                "name": "app",
                "resources": {"limits": {"memory": "4Gi"}},
                "securityContext": {"runAsUser": 1000, "readOnlyRootFilesystem": True},
            }
        ],
    }
    _config, job, _env = create(Stage.MIGRATE, pod)
    spec = job["spec"]["template"]["spec"]
    for key in ("imagePullSecrets", "nodeSelector", "tolerations", "priorityClassName", "serviceAccountName", "securityContext"):
        assert spec[key] == pod[key]
    assert spec["affinity"] == {"nodeAffinity": {"required": 1}}, "the others are about pods, and meant for the application's"
    assert "hostNetwork" not in spec and [each["name"] for each in spec["volumes"]] == ["script"]
    (container,) = spec["containers"]
    assert container["securityContext"] == {"runAsUser": 1000}
    assert container["resources"] == {
        "requests": {"cpu": "200m", "memory": "256Mi"},
        "limits": {"cpu": "800m", "memory": "4Gi"},
    }


def test_a_job_without_a_pattern_still_says_what_it_needs_r10_r13() -> None:
    _config, job, _env = create(Stage.MIGRATE)
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert set(container["resources"]["limits"]) == set(container["resources"]["requests"]) == {"cpu", "memory"}
    assert "securityContext" not in container
