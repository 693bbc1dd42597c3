# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bootstrap Job: from the application's image, with passwords by secretKeyRef only, alive without its controller."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._core import names, waiting
from ..._core.bootstrap import job_log, resources
from ..._core.bootstrap.bootstrap import Image, Job, JobState, Stage
from ..._core.bootstrap.job_environment import PASSWORDS, direct_database
from ..._core.errors import ActionFailed
from ..clock import at_times, clauses, wait_until
from ..cluster import causes, limits, manifests, run_script
from ..cluster.kubernetes import BATCH, Json, KubernetesApi, path

RUN_LABEL = "alga.appliance/run"
# The label by which the Job controller's pods are found (Kubernetes documentation, Job).
POD_LABEL = "batch.kubernetes.io/job-name"
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
        state(api, namespace, found),
        run=metadata["labels"].get(RUN_LABEL, ""),
        stage=Stage(annotations.get(STAGE_ANNOTATION, Stage.MIGRATE.value)),
        database=annotations.get(DATABASE_ANNOTATION, ""),
        migrations_before=int(annotations.get(BEFORE_ANNOTATION, 0)),
        started_at=annotations.get(BEGUN_ANNOTATION, metadata["creationTimestamp"]),
    )


def state(api: KubernetesApi, namespace: str, found: Json) -> JobState:
    """How a Job stands; the pods of one that runs are asked."""
    known = state_of(found)
    return state_of(found, pods(api, namespace, found["metadata"]["name"])) if known is JobState.RUNNING else known


def state_of(found: Json, pods: t.Iterable[Json] = ()) -> JobState:
    """How a Job stands, by its conditions; one that is being deleted will not succeed any more.

    A sidecar that somebody adds to every pod may never end, and keeps the pod and its Job at work for ever. So while there is no
    condition yet, the Job's own container counts: it is the first one of its template (R14).
    """
    conditions = {entry["type"] for entry in found.get("status", {}).get("conditions") or [] if entry["status"] == "True"}
    if "Complete" in conditions:
        return JobState.SUCCEEDED
    if "Failed" in conditions or "deletionTimestamp" in found["metadata"]:
        return JobState.FAILED
    ends = [(pod, end) for pod in pods if (end := waiting.ended(pod, container_of(found)))]
    if any(not end["exitCode"] for _pod, end in ends):
        return JobState.SUCCEEDED
    # Only a pod that goes on without the container keeps the Job controller from its own conclusion, or from a further attempt.
    left_over = any(end["exitCode"] and waiting.goes_on(pod, container_of(found)) for pod, end in ends)
    return JobState.FAILED if left_over else JobState.RUNNING


def container_of(found: Json) -> str:
    """The name of a Job's own container."""
    return str(found["spec"]["template"]["spec"]["containers"][0].get("name", ""))


def at_work(api: KubernetesApi, namespace: str) -> tuple[str, ...]:
    """Name the Jobs of the namespace that have a pod at work; whichever it is, it may be migrating (F19)."""
    found = [job for job in api.items(path("jobs", namespace, group=BATCH)) if job.get("status", {}).get("active")]
    return tuple(job["metadata"]["name"] for job in found if state(api, namespace, job) is JobState.RUNNING)


def dismiss(api: KubernetesApi, namespace: str, name: str = names.JOB) -> None:
    """Delete a Job that has done its work and is kept from its end by a sidecar which goes on (R14).

    Without one the Job ends by itself a moment later, and it and its log stay (U13).
    """
    found = api.get(job_path(namespace, name))
    if found is None or not found.get("status", {}).get("active") or state_of(found) is not JobState.RUNNING:
        return
    seen, own = pods(api, namespace, name), container_of(found)
    if any(waiting.goes_on(pod, own) for pod in seen) and state_of(found, seen) is JobState.SUCCEEDED:
        delete(api, namespace, name)


def delete(api: KubernetesApi, namespace: str, name: str = names.JOB) -> None:
    """Delete a Job and its pods, and wait until both are gone."""
    api.delete(job_path(namespace, name), propagation="Foreground")
    wait_until(
        lambda: api.get(job_path(namespace, name)),
        lambda found: found is None,
        what=f"Job {namespace}/{name} to be deleted",
        progress_timeout=DELETE_SECONDS,
        describe=lambda found: "it still exists" if found else "it has been deleted",
        next_action=f"Check its pods with kubectl describe --namespace {namespace}, then run the playbook again.",
    )


def create(
    api: KubernetesApi,
    *,
    namespace: str,
    job: Job,
    image: Image,
    service: str,
    secret: str,
    seeds: str,
    done: str,
    environment: t.Mapping[str, str],
) -> None:
    """Create the Job and the ConfigMap with its script.

    :param image: the application's, with the pod that runs it.
    :param job: whose run it belongs to, the database it works on and the number of migrations found there.
    :param done: the statement by which the Job marks in the database that it came to its end; may be empty.
    """
    config = manifests.config_map(namespace, names.SCRIPTS, {run_script.NAME: run_script.SOURCE})
    api.apply(path("configmaps", namespace, names.SCRIPTS), config)
    plain = {"SEEDS_DIR": seeds, **environment, **direct_database(service, job.database)}
    plain.update(knex_environment(plain["SEEDS_DIR"] if job.stage is Stage.SEED else MIGRATIONS))
    plain.update({"RUN_DONE": done} if done else {})
    needs = limits.of(api, namespace, resources.JOB, image.pod)
    api.create(path("jobs", namespace, group=BATCH), _job(namespace, job, image, [*env(plain), *passwords(secret)], needs))


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


def _job(namespace: str, job: Job, image: Image, env: list[Json], needs: Json) -> Json:
    return manifests.job(
        namespace,
        names.JOB,
        {"name": "bootstrap", "image": image.name, "env": env},
        knex(job.stage),
        script=names.SCRIPTS,
        labels={RUN_LABEL: job.run},
        pod=image.pod,
        resources=needs,
        annotations={
            DATABASE_ANNOTATION: job.database,
            STAGE_ANNOTATION: job.stage.value,
            BEFORE_ANNOTATION: str(job.migrations_before),
            **({BEGUN_ANNOTATION: job.started_at} if job.started_at else {}),
        },
    )


def pods(api: KubernetesApi, namespace: str, name: str = names.JOB) -> list[Json]:
    """A Job's pods, those of its further attempts too."""
    return api.items(path("pods", namespace), labelSelector=f"{POD_LABEL}={name}")


def log(api: KubernetesApi, namespace: str, container: str, found: t.Sequence[Json]) -> list[str]:
    """The last lines of a Job's log, none before it began; its script has already taken the passwords out.

    :param container: the Job's own; a pod may have others that were added to it (R14).
    :param found: its pods.
    """
    begun = [pod for pod in found if has_begun(pod, container)]
    if not begun:
        return []
    url = path("pods", namespace, begun[-1]["metadata"]["name"]) + "/log"
    return (api.request("GET", url, query={"container": container, "tailLines": str(LOG_LINES)}) or "").splitlines()


def has_begun(pod: Json, container: str) -> bool:
    """Tell whether a container of a pod runs or has run, and so has a log."""
    statuses = pod.get("status", {}).get("containerStatuses") or []
    states = [status.get("state") or {} for status in statuses if status.get("name") == container]
    return any(state and "waiting" not in state for state in states)


@dataclass
class Watch:
    """One wait for a Job's end: what keeps it from its end, and whether that can pass by itself.

    :param waits: says what its statements wait for, once it stands still.
    """

    api: KubernetesApi
    namespace: str
    waits: t.Callable[[], str]
    judge: waiting.Judge = field(default_factory=waiting.Judge)

    def standing(self, found: Json | None, pods: t.Sequence[Json]) -> str:
        """Say how a Job stands that does not come to its end: what keeps its pods, or their making."""
        if found is None:
            return f"the Job is {JobState.ABSENT.value}"
        return clauses(
            [
                f"the Job is {state_of(found, pods).value}",
                causes.unmade(self.api, self.namespace, found, pods),
                causes.of_pods(self.api, self.namespace, pods),
                self.waits(),
            ]
        )

    def final(self, found: Json | None, pods: t.Sequence[Json]) -> str:
        """Say what keeps it for good; empty where it can pass by itself."""
        return causes.final(self.api, self.namespace, self.judge, [(found, pods)]) if found else ""


class Seen(t.NamedTuple):
    """What one look at a Job saw."""

    state: JobState
    found: Json | None
    pods: t.Sequence[Json]
    lines: t.Sequence[str]
    moved: object


def await_end(
    api: KubernetesApi,
    namespace: str,
    name: str,
    *,
    progress_timeout: float,
    progress: t.Callable[[], object],
    waits: t.Callable[[], str],
    tell: t.Callable[[str], None],
    next_action: str,
) -> tuple[JobState, list[str]]:
    """Await a Job's end, whichever it is; the timeout starts anew whenever the database or the log moves (F28, U14).

    :param progress: reads what a working Job changes in the database.
    :param waits: says what its statements wait for, once it stands still.
    :param tell: shows the operator what it waits for.
    :returns: how the Job ended, and the end of its log.
    :raises ActionFailed: when progress_timeout ended, or what keeps it cannot pass by itself (R10).
    """
    watched = Watch(api, namespace, waits)
    progressed = at_times(progress, progress_timeout)

    def look() -> Seen:
        found = api.get(job_path(namespace, name))
        if found is None:
            return Seen(JobState.ABSENT, None, (), (), None)
        its = pods(api, namespace, name)
        lines, at = log(api, namespace, container_of(found), its), state_of(found, its)
        # A Job at its end is not waited for any more, and what it changed is looked at by whoever goes on.
        moved = progressed() if at is JobState.RUNNING else None
        return Seen(at, found, its, lines, (moved, lines[-1:]))

    seen = wait_until(
        look,
        lambda seen: seen.state is not JobState.RUNNING,
        what=f"Job {namespace}/{name} to finish",
        progress_timeout=progress_timeout,
        progress=lambda seen: seen.moved,
        describe=lambda seen: watched.standing(seen.found, seen.pods),
        final=lambda seen: watched.final(seen.found, seen.pods),
        tell=tell,
        next_action=f"The Job was left running; {next_action} to continue watching it.",
    )
    return seen.state, list(seen.lines)


def watch(
    api: KubernetesApi,
    namespace: str,
    *,
    progress_timeout: float,
    progress: t.Callable[[], object],
    waits: t.Callable[[], str],
    tell: t.Callable[[str], None],
) -> None:
    """Watch the bootstrap Job to its end, see :func:`await_end`.

    :raises ActionFailed: when progress_timeout ended or the Job failed, then with the end of its log.
    """
    state, lines = await_end(
        api,
        namespace,
        names.JOB,
        progress_timeout=progress_timeout,
        progress=progress,
        waits=waits,
        tell=tell,
        next_action="run the same playbook again",
    )
    if state is not JobState.SUCCEEDED:
        said = clauses([job_log.end("\n".join(lines))])
        raise ActionFailed(
            f"Job {namespace}/{names.JOB} did not succeed; it is {state.value}. The end of its log: {said}. Nothing was "
            "published. Fix the cause and run the same playbook again.",
            evidence={"log": lines},
        )
