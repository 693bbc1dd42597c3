# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Jobs of the first tenant: the command and the seeds, in the application's image and with the application's environment."""

from __future__ import annotations

import typing as t
import uuid
from dataclasses import dataclass

from ..._core import names
from ..._core.bootstrap import resources
from ..._core.bootstrap.bootstrap import JobState, Stage
from ..._core.bootstrap.job_environment import direct_database
from ..._core.errors import ObservationFailed
from ..._core.states import Reason
from ..._core.tenant.tenant import ID, TenantStage
from ..bootstrap import jobs
from ..cluster import limits, manifests, run_script
from ..cluster.images import name_of
from ..cluster.kubernetes import APPS, BATCH, Json, KubernetesApi, as_text, path
from ..cluster.secrets import read_secret

KNEX = jobs.knex(Stage.SEED)


@dataclass(frozen=True)
class Application:
    """The container of the application, as its Deployment has it.

    :param env: its environment; values from Secrets are references.
    :param pod: the spec of the pods that it runs in.
    """

    namespace: str
    fullname: str
    image: str
    env: tuple[Json, ...]
    env_from: tuple[Json, ...]
    pod: Json

    def plain(self) -> dict[str, str]:
        """The variables that have a value of their own."""
        return {entry["name"]: str(entry.get("value", "")) for entry in self.env if "valueFrom" not in entry}


def application(api: KubernetesApi, namespace: str, fullname: str) -> Application | None:
    """Read the application's container; ``None`` where there is no Deployment."""
    found = api.get(path("deployments", namespace, fullname, group=APPS))
    if found is None:
        return None
    pod = found["spec"]["template"]["spec"]
    env, env_from = pod["containers"][0].get("env") or [], pod["containers"][0].get("envFrom") or []
    return Application(namespace, fullname, name_of(found), tuple(env), tuple(env_from), pod)


def pepper_reference(app: Application) -> Json:
    """Where the application has its NEXTAUTH_SECRET from: the Deployment's own reference, or the chart's Secret (contract)."""
    for entry in app.env:
        reference = (entry.get("valueFrom") or {}).get("secretKeyRef")
        if entry["name"] == names.PEPPER_KEY and reference:
            return t.cast("Json", reference)
    return {"name": app.fullname + names.APPLICATION_SECRET_SUFFIX, "key": names.PEPPER_KEY}


def pepper(api: KubernetesApi, app: Application) -> str:
    """Read the application's NEXTAUTH_SECRET.

    :raises ObservationFailed: when there is none, because then no digest can be judged.
    """
    own = app.plain().get(names.PEPPER_KEY)
    if own:
        return own
    reference = pepper_reference(app)
    data = read_secret(api, app.namespace, reference["name"]) or {}
    if not data.get(reference["key"]):
        raise ObservationFailed(
            f"Could not find {names.PEPPER_KEY} of the application in Secret {app.namespace}/{reference['name']}, key "
            f"{reference['key']}; without it, no stored password can be verified.",
            reason=Reason.SECRET_MISMATCH,
            next_action="Restore that Secret.",
        )
    return as_text(data[reference["key"]], reference["key"], f"{app.namespace}/{reference['name']}")


def name(stage: TenantStage) -> str:
    """The name of a stage's Job."""
    return f"{names.TENANT_JOB}-{stage.value}"


def read(api: KubernetesApi, namespace: str) -> dict[TenantStage, JobState]:
    """How the Jobs stand; one that does not exist is left out."""
    found = {stage: api.get(jobs.job_path(namespace, name(stage))) for stage in TenantStage}
    return {stage: jobs.state(api, namespace, job) for stage, job in found.items() if job is not None}


def start(
    api: KubernetesApi,
    app: Application,
    stage: TenantStage,
    *,
    tenant: str,
    command: t.Sequence[str],
    service: str,
    secret: str,
    environment: t.Mapping[str, t.Any],
) -> None:
    """Create a stage's Job, in the place of an earlier attempt's.

    :param command: the program and its arguments; they stand in the Job for everybody to read.
    :param service: host name of PostgreSQL.
    :param secret: Secret with the passwords of the database's roles.
    """
    jobs.delete(api, app.namespace, name(stage))
    config = manifests.config_map(app.namespace, names.TENANT_JOB, {run_script.NAME: run_script.SOURCE})
    api.apply(path("configmaps", app.namespace, names.TENANT_JOB), config)
    own = [
        *jobs.env(_of_stage(stage, {**direct_database(service, names.DATABASE), ID: tenant}, environment)),
        *jobs.passwords(secret),
        *({"name": key, "valueFrom": {"secretKeyRef": pepper_reference(app)}} for key in _peppers(app)),
    ]
    wants_secret = stage is TenantStage.COMMAND
    needs = limits.of(api, app.namespace, resources.JOB, app.pod)
    body = _job(app, stage, command, own, needs, wants_secret=wants_secret)
    api.create(path("jobs", app.namespace, group=BATCH), body)


def _of_stage(stage: TenantStage, own: t.Mapping[str, str], environment: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    if stage is TenantStage.COMMAND:
        return {**environment, **own}
    plain = {"SEEDS_DIR": names.SEED_SETS[names.ONBOARDING], **environment, **own}
    return {**plain, **jobs.knex_environment(plain["SEEDS_DIR"])}


def _peppers(app: Application) -> list[str]:
    """Both spellings under which the application has looked for it (F13), but for one that it has as a plain value."""
    return [key for key in (names.PEPPER_KEY, names.PEPPER_KEY.lower()) if key not in app.plain()]


def _job(
    app: Application, stage: TenantStage, command: t.Sequence[str], own: list[Json], needs: Json, *, wants_secret: bool
) -> Json:
    named = {entry["name"] for entry in own}
    env_from = [*app.env_from, *([{"secretRef": {"name": names.INITIAL_TENANT_SECRET}}] if wants_secret else [])]
    container = {
        "name": "tenant",
        "image": app.image,
        # The application's own environment under the collection's, so that both derive the same digests (F13).
        "env": [*(entry for entry in app.env if entry["name"] not in named), *own],
        "envFrom": env_from,
    }
    return manifests.job(
        app.namespace,
        name(stage),
        container,
        command,
        script=names.TENANT_JOB,
        labels={jobs.RUN_LABEL: str(uuid.uuid4())},
        pod=app.pod,
        resources=needs,
    )


def watch(
    api: KubernetesApi,
    namespace: str,
    stage: TenantStage,
    *,
    progress_timeout: float,
    progress: t.Callable[[], object],
    waits: t.Callable[[], str],
    tell: t.Callable[[str], None],
) -> tuple[JobState, list[str]]:
    """Watch a stage's Job to its end, see :func:`jobs.await_end`; the rows decide what that end means."""
    return jobs.await_end(
        api,
        namespace,
        name(stage),
        progress_timeout=progress_timeout,
        progress=progress,
        waits=waits,
        tell=tell,
        next_action="run recover.yml",
    )


def dismiss(api: KubernetesApi, namespace: str) -> None:
    """Delete the Jobs that have done their work and are kept from their end, see :func:`jobs.dismiss`."""
    for stage in TenantStage:
        jobs.dismiss(api, namespace, name(stage))
