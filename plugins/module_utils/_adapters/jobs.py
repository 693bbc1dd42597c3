# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bootstrap Job: from the application's image, with passwords by secretKeyRef only, alive without its controller."""

from __future__ import annotations

import typing as t

from .._core import job_log, names
from .._core.bootstrap import Job, JobState, Stage
from .._core.errors import ActionFailed
from .._core.job_environment import PASSWORDS, direct_database
from . import manifests
from .clock import clauses, wait_until
from .kubernetes import BATCH, Json, KubernetesApi, path

RUN_LABEL = "alga.appliance/run"
DATABASE_ANNOTATION = "alga.appliance/database"
STAGE_ANNOTATION = "alga.appliance/stage"
BEFORE_ANNOTATION = "alga.appliance/migrations-before"
# When the run's first Job was made, where this one is a later stage of it.
BEGUN_ANNOTATION = "alga.appliance/begun"
KNEXFILE = f"{manifests.SERVER}/knexfile.cjs"
MIGRATIONS = f"{manifests.SERVER}/migrations"
LOG_LINES = 40
DELETE_SECONDS = 120.0


def job_path(namespace: str, name: str = names.JOB) -> str:
    """The path of a Job, by default of the bootstrap Job."""
    return path("jobs", namespace, name, group=BATCH)


def read(api: KubernetesApi, namespace: str) -> Job:
    """Read how the bootstrap Job stands."""
    found = api.get(job_path(namespace))
    if found is None:
        return Job()
    metadata = found["metadata"]
    annotations = metadata["annotations"]
    return Job(
        state_of(found),
        run=metadata["labels"].get(RUN_LABEL, ""),
        stage=Stage(annotations.get(STAGE_ANNOTATION, Stage.MIGRATE.value)),
        database=annotations.get(DATABASE_ANNOTATION, ""),
        migrations_before=int(annotations.get(BEFORE_ANNOTATION, 0)),
        started_at=annotations.get(BEGUN_ANNOTATION, metadata["creationTimestamp"]),
    )


def state_of(found: Json) -> JobState:
    """How a Job stands, by its conditions; one that is being deleted will not succeed any more."""
    conditions = {entry["type"] for entry in found.get("status", {}).get("conditions") or [] if entry["status"] == "True"}
    if "Complete" in conditions:
        return JobState.SUCCEEDED
    return JobState.FAILED if "Failed" in conditions or "deletionTimestamp" in found["metadata"] else JobState.RUNNING


def at_work(api: KubernetesApi, namespace: str) -> tuple[str, ...]:
    """Name the Jobs of the namespace that have a running pod; whichever it is, it may be migrating (F19)."""
    found = api.items(path("jobs", namespace, group=BATCH))
    return tuple(job["metadata"]["name"] for job in found if job.get("status", {}).get("active"))


def delete(api: KubernetesApi, namespace: str, name: str = names.JOB) -> None:
    """Delete a Job and its pods, and wait until both are gone."""
    api.delete(job_path(namespace, name))
    wait_until(
        lambda: api.get(job_path(namespace, name)),
        lambda found: found is None,
        what=f"Job {namespace}/{name} to be gone",
        patience=DELETE_SECONDS,
        describe=lambda found: "it is still there" if found else "it is gone",
        next_action=f"Look at its pods with kubectl describe --namespace {namespace}, then run the playbook again.",
    )


def create(
    api: KubernetesApi,
    *,
    namespace: str,
    job: Job,
    image: str,
    script: str,
    service: str,
    secret: str,
    seeds: str,
    done: str,
    environment: t.Mapping[str, str],
) -> None:
    """Create the Job and the ConfigMap with its script.

    :param job: whose run it belongs to, the database it works on and the number of migrations found there.
    :param done: the statement by which the Job marks in the database that it came to its end; may be empty.
    """
    config = manifests.config_map(namespace, names.SCRIPTS, {manifests.SCRIPT: script})
    api.apply(path("configmaps", namespace, names.SCRIPTS), config)
    plain = {"SEEDS_DIR": seeds, **environment, **direct_database(service, job.database)}
    plain.update(knex_environment(plain["SEEDS_DIR"] if job.stage is Stage.SEED else MIGRATIONS))
    plain.update({"RUN_DONE": done} if done else {})
    api.create(path("jobs", namespace, group=BATCH), _job(namespace, job, image, [*env(plain), *passwords(secret)]))


def knex(stage: Stage) -> tuple[str, ...]:
    """The command line of the application's knex, one stage of it."""
    command = {Stage.MIGRATE: "migrate:latest", Stage.SEED: "seed:run"}[stage]
    return ("npx", "--no-install", "knex", command, "--knexfile", KNEXFILE)


def knex_environment(folder: str) -> dict[str, str]:
    """What knex needs besides the database.

    :param folder: the migrations or seeds; an image without them is another one, and knex must not find others (F23).
    """
    return {"NODE_ENV": "migration", "RUN_NEEDS": f"{KNEXFILE}:{folder}"}


def env(plain: t.Mapping[str, t.Any]) -> list[Json]:
    """Environment variables as a container has them."""
    return [{"name": name, "value": str(value)} for name, value in plain.items()]


def passwords(secret: str) -> list[Json]:
    """The passwords of the database's roles, which the kubelet reads from the Secret."""
    return [{"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}} for name, key in PASSWORDS.items()]


def _job(namespace: str, job: Job, image: str, env: list[Json]) -> Json:
    return manifests.job(
        namespace,
        names.JOB,
        {"name": "bootstrap", "image": image, "env": env},
        knex(job.stage),
        script=names.SCRIPTS,
        labels={RUN_LABEL: job.run},
        annotations={
            DATABASE_ANNOTATION: job.database,
            STAGE_ANNOTATION: job.stage.value,
            BEFORE_ANNOTATION: str(job.migrations_before),
            **({BEGUN_ANNOTATION: job.started_at} if job.started_at else {}),
        },
    )


def pods(api: KubernetesApi, namespace: str, run: str) -> list[Json]:
    """The Job's pods."""
    return api.items(path("pods", namespace), labelSelector=f"{RUN_LABEL}={run}")


def log(api: KubernetesApi, namespace: str, run: str) -> list[str]:
    """The last lines of the Job's log, none before it began; its script has already taken the passwords out."""
    found = pods(api, namespace, run)
    statuses = [status for pod in found for status in pod.get("status", {}).get("containerStatuses") or []]
    if all("waiting" in status.get("state", {}) for status in statuses):
        return []
    url = path("pods", namespace, found[-1]["metadata"]["name"]) + "/log"
    return (api.request("GET", url, query={"tailLines": str(LOG_LINES)}) or "").splitlines()


def waiting_reason(pod: Json) -> str:
    """Why a pod's containers do not run, in Kubernetes' own words; empty when they do."""
    status = pod.get("status", {})
    entries = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    waiting = [entry["state"]["waiting"] for entry in entries if "waiting" in entry.get("state", {})]
    said = [f"{entry.get('reason')}: {entry.get('message', '')}".strip(": ") for entry in waiting]
    return clauses(reason for reason in said if not reason.startswith("PodInitializing"))


def standing(state: JobState, found: t.Iterable[Json], waits: str) -> str:
    """Say how a Job stands that does not come to its end.

    :param found: its pods.
    :param waits: what its statements wait for.
    """
    return clauses([f"the Job is {state.value}", *map(waiting_reason, found), waits])


def await_end(
    api: KubernetesApi,
    namespace: str,
    name: str,
    run: str,
    *,
    patience: float,
    progress: t.Callable[[], object],
    waits: t.Callable[[], str],
    next_action: str,
) -> tuple[JobState, list[str]]:
    """Await a Job's end, whichever it is; patience starts anew whenever the database or the log moves (F28, U14).

    :param run: the run's id in the labels of its pods.
    :param progress: reads what a working Job changes in the database.
    :param waits: says what its statements wait for, once it stands still.
    :returns: how the Job ended, and the end of its log.
    :raises ActionFailed: when patience ended.
    """

    def look() -> tuple[JobState, object]:
        found = api.get(job_path(namespace, name))
        return state_of(found) if found else JobState.ABSENT, (progress(), log(api, namespace, run)[-1:])

    state, _moved = wait_until(
        look,
        lambda seen: seen[0] is not JobState.RUNNING,
        what=f"Job {namespace}/{name} to end",
        patience=patience,
        progress=lambda seen: seen[1],
        describe=lambda seen: standing(seen[0], pods(api, namespace, run), waits()),
        next_action=f"The Job was left as it is; {next_action} to go on watching it.",
    )
    return state, log(api, namespace, run)


def watch(
    api: KubernetesApi,
    namespace: str,
    job: Job,
    *,
    patience: float,
    progress: t.Callable[[], object],
    waits: t.Callable[[], str],
) -> None:
    """Watch the bootstrap Job to its end, see :func:`await_end`.

    :raises ActionFailed: when patience ended or the Job failed, then with the end of its log.
    """
    state, lines = await_end(
        api,
        namespace,
        names.JOB,
        job.run,
        patience=patience,
        progress=progress,
        waits=waits,
        next_action="run the same playbook again",
    )
    if state is not JobState.SUCCEEDED:
        said = clauses([job_log.end("\n".join(lines))])
        raise ActionFailed(
            f"Job {namespace}/{names.JOB} did not succeed; it is {state.value}. The end of its log: {said}. Nothing was "
            "published; mend the cause and run the same playbook again.",
            evidence={"log": lines},
        )
