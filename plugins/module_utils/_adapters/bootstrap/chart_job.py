# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bootstrap Job of the application's chart: found under either of its names, watched, and its log kept (F30, F31, U13).

It may be gone five minutes after its end, so what is known of it is kept in a ConfigMap of the collection's own: whose run it
was, how it ended and the log of each of its pods.
"""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ..._core import names
from ..._core.bootstrap import job_log
from ..._core.bootstrap.bootstrap import Job, JobState, Stage
from ..._core.errors import ActionFailed
from ..clock import at_times, clauses, wait_until
from ..cluster import causes, manifests
from ..cluster.kubernetes import BATCH, Json, KubernetesApi, path
from . import jobs
from .jobs import BEFORE_ANNOTATION, RUN_LABEL, STAGE_ANNOTATION

NAME_ANNOTATION = "alga.appliance/job"
UID_ANNOTATION = "alga.appliance/job-uid"
STATE_ANNOTATION = "alga.appliance/job-state"
STARTED_ANNOTATION = "alga.appliance/started-at"
PODS_ANNOTATION = "alga.appliance/pods"
KEEP_SECONDS = 5.0


def living(api: KubernetesApi, namespace: str, fullname: str) -> list[Json]:
    """The chart's bootstrap Jobs that exist, the one to go by first: at work, else the newest."""
    found = [
        job for job in api.items(path("jobs", namespace, group=BATCH)) if names.is_chart_job(job["metadata"]["name"], fullname)
    ]
    return sorted(
        found,
        key=lambda job: (jobs.state(api, namespace, job) is JobState.RUNNING, str(job["metadata"]["creationTimestamp"])),
        reverse=True,
    )


def read(api: KubernetesApi, namespace: str, fullname: str) -> Job:
    """Read how the chart's Job stands or, where it is gone, how it was seen to end.

    A Job that is gone and was never seen to end counts as failed: nobody knows.
    """
    found = living(api, namespace, fullname)
    kept = api.get(_record_path(namespace))
    known = _known(kept) if kept else Job()
    if not found:
        return dataclasses.replace(known, state=JobState.FAILED) if known.state is JobState.RUNNING else known
    return _job(found[0], kept, jobs.state(api, namespace, found[0]))


def plan(api: KubernetesApi, namespace: str, job: Job) -> None:
    """Write down whose run the Job will be, before helm makes it: its own labels are the chart's."""
    api.apply(_record_path(namespace), _record(namespace, job, "", {}, ()))


def keep(api: KubernetesApi, namespace: str, found: Json) -> Job:
    """Keep what a Job's pods have logged so far, and how it stands.

    :returns: the Job.
    """
    kept = api.get(_record_path(namespace))
    job = _job(found, kept, jobs.state(api, namespace, found))
    before, order = _kept_logs(kept) if _is_of(kept, found) else ({}, ())
    logs = _logs(api, namespace, found)
    known = {**before, **job_log.kept(logs, causes.secrets(api, namespace))}
    pods = tuple(dict.fromkeys((*order, *logs)))
    api.apply(_record_path(namespace), _record(namespace, job, found["metadata"]["uid"], known, pods))
    return job


def clear(api: KubernetesApi, namespace: str, fullname: str) -> None:
    """Delete Jobs of the chart that have ended, their log kept first; helm cannot change one of the same name (F31).

    The newest is kept last, so that its log is the one that stays.
    """
    ended = [found for found in living(api, namespace, fullname) if jobs.state(api, namespace, found) is not JobState.RUNNING]
    for found in reversed(ended):
        keep(api, namespace, found)
        jobs.delete(api, namespace, found["metadata"]["name"])


class Seen(t.NamedTuple):
    """What one look at the Job saw."""

    job: Job
    found: Json | None
    pods: t.Sequence[Json]
    moved: object


def watch(
    api: KubernetesApi,
    namespace: str,
    fullname: str,
    *,
    progress_timeout: float,
    progress: t.Callable[[], object],
    waits: t.Callable[[], str],
    tell: t.Callable[[str], None],
) -> Job:
    """Watch the Job to its end and keep its log while it runs; the timeout starts anew whenever database or log moves (F28).

    :param progress: reads what a working Job changes in the database.
    :param waits: says what its statements wait for, once it stands still.
    :param tell: shows the operator what it waits for.
    :returns: the Job as it ended.
    :raises ActionFailed: with the end of the log when it failed or vanished.
    """
    kept_at = time.monotonic() - KEEP_SECONDS
    watched = jobs.Watch(api, namespace, waits)
    progressed = at_times(progress, progress_timeout)

    def look() -> Seen:
        nonlocal kept_at
        found = next(iter(living(api, namespace, fullname)), None)
        if found is None:
            return Seen(read(api, namespace, fullname), None, (), None)
        its = _pods(api, namespace, found)
        state = jobs.state_of(found, its)
        if state is JobState.RUNNING and time.monotonic() - kept_at < KEEP_SECONDS:
            job = _job(found, api.get(_record_path(namespace)), state)
        else:
            job, kept_at = keep(api, namespace, found), time.monotonic()
        moved = progressed() if state is JobState.RUNNING else None
        return Seen(job, found, its, (moved, _logs(api, namespace, found, tailLines="1")))

    job = wait_until(
        look,
        lambda seen: seen.job.state is not JobState.RUNNING,
        what=f"the chart's bootstrap Job in namespace {namespace} to finish",
        progress_timeout=progress_timeout,
        progress=lambda seen: seen.moved,
        describe=lambda seen: watched.standing(seen.found, seen.pods),
        final=lambda seen: watched.final(seen.found, seen.pods),
        tell=tell,
        next_action=f"The Job was left running, and its log so far is in ConfigMap {namespace}/{names.CHART_JOB_LOG}; run the "
        "same playbook again to continue watching it.",
    ).job
    if job.state is not JobState.SUCCEEDED:
        once = " in a single attempt, and a later attempt skips interrupted seeds" if job.stage is Stage.SEED else ""
        raise ActionFailed(
            f"The chart's Job {namespace}/{job.name} did not succeed{once}. {_ends(api, namespace)} The complete log is in "
            f"ConfigMap {namespace}/{names.CHART_JOB_LOG}. Fix the cause and run the same playbook again.",
            evidence={"job": job.name, "log": f"ConfigMap {namespace}/{names.CHART_JOB_LOG}"},
        )
    return job


def _record_path(namespace: str) -> str:
    return path("configmaps", namespace, names.CHART_JOB_LOG)


def _record(namespace: str, job: Job, uid: str, logs: t.Mapping[str, str], pods: t.Iterable[str]) -> Json:
    marks = {
        NAME_ANNOTATION: job.name,
        UID_ANNOTATION: uid,
        STATE_ANNOTATION: job.state.value,
        RUN_LABEL: job.run,
        STAGE_ANNOTATION: job.stage.value,
        BEFORE_ANNOTATION: str(job.migrations_before),
        STARTED_ANNOTATION: job.started_at,
        PODS_ANNOTATION: ",".join(pods),
    }
    return manifests.config_map(namespace, names.CHART_JOB_LOG, logs, marks)


def _known(record: Json) -> Job:
    marks = record["metadata"]["annotations"]
    return Job(
        JobState(marks[STATE_ANNOTATION]),
        run=marks[RUN_LABEL],
        stage=Stage(marks[STAGE_ANNOTATION]),
        database=names.DATABASE,
        migrations_before=int(marks[BEFORE_ANNOTATION]),
        started_at=marks[STARTED_ANNOTATION],
        name=marks[NAME_ANNOTATION],
    )


def _is_of(record: Json | None, found: Json) -> bool:
    """Tell whether the record is this Job's: planned under its name, or kept from it before."""
    if record is None:
        return False
    marks = record["metadata"]["annotations"]
    return marks[NAME_ANNOTATION] == found["metadata"]["name"] and marks[UID_ANNOTATION] in ("", found["metadata"]["uid"])


def _job(found: Json, record: Json | None, state: JobState) -> Job:
    """A living Job, with what the record knows of it; without one it is somebody else's, and its own id names its run."""
    metadata = found["metadata"]
    if record is not None and _is_of(record, found):
        known = _known(record)
    else:
        known = Job(run=metadata["uid"], stage=_stage(found), database=names.DATABASE)
    return dataclasses.replace(
        known, state=_outcome(found, known.stage, state), name=metadata["name"], started_at=metadata["creationTimestamp"]
    )


def _outcome(found: Json, stage: Stage, state: JobState) -> JobState:
    """How the Job stands. Seeds that a further attempt did not run count as failed.

    A further attempt takes rows of a first one that was cut off for seeds that have run, skips them and succeeds (F21).
    """
    repeated = bool(found.get("status", {}).get("failed"))
    return JobState.FAILED if state is JobState.SUCCEEDED and stage is Stage.SEED and repeated else state


def _stage(found: Json) -> Stage:
    """What the chart told the Job to do last (contract, Bootstrap Job env)."""
    entries = found["spec"]["template"]["spec"]["containers"][0].get("env") or []
    told = {entry["name"]: entry.get("value") for entry in entries}
    return Stage.SEED if told.get("SETUP_RUN_SEEDS") == "true" else Stage.MIGRATE


def _pods(api: KubernetesApi, namespace: str, found: Json) -> list[Json]:
    """Every pod of the Job, the oldest first."""
    pods = jobs.pods(api, namespace, found["metadata"]["name"])
    return sorted(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))


def _logs(api: KubernetesApi, namespace: str, found: Json, **query: str) -> dict[str, str]:
    """The log of the Job's own container in each pod that has one; of a pod that is gone by now there is none."""
    container = jobs.container_of(found)
    logs = {
        name: api.request("GET", path("pods", namespace, name) + "/log", query={"container": container, **query})
        for pod in _pods(api, namespace, found)
        if jobs.has_begun(pod, container)
        for name in [pod["metadata"]["name"]]
    }
    return {name: text for name, text in logs.items() if text is not None}


def _kept_logs(record: Json | None) -> tuple[dict[str, str], tuple[str, ...]]:
    """The kept logs by pod, and the pods in the order in which they were made."""
    if record is None:
        return {}, ()
    return dict(record.get("data") or {}), tuple(filter(None, record["metadata"]["annotations"][PODS_ANNOTATION].split(",")))


def _ends(api: KubernetesApi, namespace: str) -> str:
    """The end of the first attempt's log, which has the cause, and of the last one's; both already redacted."""
    logs, pods = _kept_logs(api.get(_record_path(namespace)))
    said = [job_log.end(logs[pod]) for pod in dict.fromkeys((*pods[:1], *pods[-1:]))]
    return (
        " ".join(
            f"The end of {what} log: {clauses([text])}."
            for what, text in zip(["its" if len(said) == 1 else "its first attempt's", "its last attempt's"], said, strict=False)
        )
        or "It has no log."
    )
