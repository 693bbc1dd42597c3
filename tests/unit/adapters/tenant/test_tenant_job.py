# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first tenant's Jobs: the application's environment under the collection's, secrets as references only."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import APPS, BATCH, KubernetesApi, path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.tenant import tenant_job
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import JobState
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.tenant.tenant import TenantStage


def answering(fake: object) -> KubernetesApi:
    """A fake in the place of the API."""
    return t.cast("KubernetesApi", fake)


DEPLOYMENT = path("deployments", "msp", "app", group=APPS)
JOBS = path("jobs", "msp", group=BATCH)
COMMAND_JOB, SEEDS_JOB = f"{JOBS}/alga-appliance-tenant-command", f"{JOBS}/alga-appliance-tenant-seeds"
TENANT = "11111111-1111-4111-8111-111111111111"
PEPPER: dict[str, t.Any] = {"name": "NEXTAUTH_SECRET", "valueFrom": {"secretKeyRef": {"name": "other-secrets", "key": "PEPPER"}}}
ENV: list[dict[str, t.Any]] = [
    {"name": "ITERATIONS", "value": "1000"},
    {"name": "DB_HOST", "value": "pgbouncer"},
    {"name": "TEMPORAL_ADDRESS", "value": "temporal:7233"},
    PEPPER,
]


class Cluster:
    """The API, reduced to objects by path; it remembers what is created and applied."""

    def __init__(self, objects: dict[str, t.Any]) -> None:
        self.objects = objects
        self.created: list[t.Any] = []

    def get(self, url: str) -> t.Any:
        return self.objects.get(url)

    def items(self, url: str) -> list[t.Any]:
        assert url == path("limitranges", "msp")
        return []

    def delete(self, url: str, *, propagation: str) -> None:
        assert propagation == "Foreground", "its pods go first"
        self.objects.pop(url, None)

    def apply(self, url: str, body: t.Any) -> None:
        self.objects[url] = body

    def create(self, url: str, body: t.Any) -> None:
        assert f"{url}/{body['metadata']['name']}" not in self.objects
        self.created.append(body)


def deployment(env: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    container = {"name": "c", "image": "app:1", "env": env, "envFrom": [{"configMapRef": {"name": "more"}}]}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


def start(stage: TenantStage) -> tuple[dict[str, t.Any], dict[str, t.Any], list[str]]:
    """The container of a stage's Job, its environment by name and the names in their order."""
    fake = Cluster({DEPLOYMENT: deployment(ENV), COMMAND_JOB: {"status": {}}})
    api = answering(fake)
    app = tenant_job.application(api, "msp", "app")
    assert app is not None
    tenant_job.start(
        api,
        app,
        stage,
        tenant=TENANT,
        command=["make", "it"],
        service="db.msp.svc",
        secret="db-credentials",
        environment={"MORE": 1},
    )
    container = fake.created[0]["spec"]["template"]["spec"]["containers"][0]
    names = [entry["name"] for entry in container["env"]]
    return container, {entry["name"]: entry for entry in container["env"]}, names


def test_the_command_sees_what_the_application_sees_but_for_the_database_f13() -> None:
    container, env, names = start(TenantStage.COMMAND)
    assert len(names) == len(set(names))
    assert container["image"] == "app:1"
    assert container["command"] == ["node", "/alga-appliance/run.cjs", "make", "it"]
    assert env["ITERATIONS"]["value"] == "1000" and env["TEMPORAL_ADDRESS"]["value"] == "temporal:7233"
    assert env["DB_HOST"]["value"] == "db.msp.svc" and env["DB_NAME_SERVER"]["value"] == "server"
    assert env["INITIAL_TENANT_ID"]["value"] == TENANT
    assert env["MORE"]["value"] == "1"
    assert env["NEXTAUTH_SECRET"]["valueFrom"] == env["nextauth_secret"]["valueFrom"] == PEPPER["valueFrom"]
    secrets = [entry for entry in container["envFrom"] if "secretRef" in entry]
    assert secrets == [{"secretRef": {"name": "appliance-initial-tenant"}}]
    assert {"configMapRef": {"name": "more"}} in container["envFrom"]
    assert all("secretKeyRef" in entry["valueFrom"] for name, entry in env.items() if "PASSWORD" in name)


def test_the_seeds_do_not_get_the_tenants_secret() -> None:
    container, env, _names = start(TenantStage.SEEDS)
    assert env["SEEDS_DIR"]["value"].endswith("/onboarding") and env["NODE_ENV"]["value"] == "migration"
    assert container["envFrom"] == [{"configMapRef": {"name": "more"}}]


def pepper_of(env: list[dict[str, t.Any]], secrets: dict[str, dict[str, str]]) -> str:
    objects = {path("secrets", "msp", name): {"data": data} for name, data in secrets.items()}
    api = answering(Cluster({DEPLOYMENT: deployment(env), **objects}))
    app = tenant_job.application(api, "msp", "app")
    assert app is not None
    return tenant_job.pepper(api, app)


def test_the_pepper_is_the_one_that_the_application_has_f13() -> None:
    assert pepper_of([PEPPER], {"other-secrets": {"PEPPER": "cGVwcGVy"}}) == "pepper"
    assert pepper_of([], {"app-secrets": {"NEXTAUTH_SECRET": "c2FsdA=="}}) == "salt"
    assert pepper_of([{"name": "NEXTAUTH_SECRET", "value": "plain"}], {}) == "plain"
    with pytest.raises(ObservationFailed, match="app-secrets"):
        pepper_of([], {})
    with pytest.raises(ObservationFailed, match="other-secrets"):
        pepper_of([PEPPER], {"other-secrets": {"PEPPER": ""}})


def test_no_application_no_container() -> None:
    assert tenant_job.application(answering(Cluster({})), "msp", "app") is None


def test_jobs_are_read_by_stage() -> None:
    ended = {"metadata": {}, "status": {"conditions": [{"type": "Failed", "status": "True"}]}}
    api = answering(Cluster({SEEDS_JOB: ended}))
    assert tenant_job.read(api, "msp") == {TenantStage.SEEDS: JobState.FAILED}
