# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of a Job that does not come to its end, or comes to a bad one: whole sentences, whatever is known."""

from __future__ import annotations

import functools
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.bootstrap import chart_job, jobs
from ansible_collections.alga.appliance.plugins.module_utils._adapters.clock import ASK_SECONDS, wait_until
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import BATCH, KubernetesApi, path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.tenant import tenant_job
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import JobState
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.tenant.tenant import TenantStage

NAMESPACE, RUN = "msp", "r1"
PODS = path("pods", NAMESPACE)
BACK_OFF = {"name": "own", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image."}}}
RUNS: dict[str, t.Any] = {"name": "own", "state": {"running": {}}}
WAITS = "process 7 is active and waits for Lock virtualxid"
UNREADABLE = "what it waits for could not be read: nobody listens. Look at PostgreSQL."


class Cluster:
    """One Job under every name, with one pod and its log."""

    def __init__(self, container: dict[str, t.Any], log: str, *conditions: str) -> None:
        metadata = {"name": f"{names.FULLNAME}-bootstrap", "uid": "u1", "creationTimestamp": "2026-01-01"}
        self.job: dict[str, t.Any] = {
            "metadata": {**metadata, "labels": {jobs.RUN_LABEL: RUN}, "annotations": {}},
            "spec": {"template": {"spec": {"containers": [{"name": "own"}]}}},
            "status": {"conditions": [{"type": condition, "status": "True"} for condition in conditions]},
        }
        self.pod: dict[str, t.Any] = {
            "metadata": {"name": "pod", "creationTimestamp": "2026-01-01"},
            "status": {"containerStatuses": [container]},
        }
        self.log = log
        self.record: t.Any = None

    def get(self, url: str) -> t.Any:
        return self.job if "/jobs/" in url else self.record

    def items(self, url: str, **_query: str) -> list[t.Any]:
        return {path("jobs", NAMESPACE, group=BATCH): [self.job], PODS: [self.pod]}.get(url, [])

    def secrets(self, _namespace: str) -> list[t.Any]:
        return []

    def apply(self, _url: str, body: t.Any) -> None:
        self.record = body

    def request(self, _method: str, url: str, **_query: t.Any) -> str:
        assert _query["query"]["container"] == "own"
        assert url == f"{PODS}/pod/log" and "running" in self.pod["status"]["containerStatuses"][0]["state"]
        return self.log


def untold(_sentence: str) -> None:
    """Nobody reads what is said while a test waits."""


def watch_bootstrap(api: KubernetesApi, waits: str) -> None:
    jobs.watch(api, NAMESPACE, progress_timeout=0, progress=lambda: None, waits=lambda: waits, tell=untold)


def watch_tenant(api: KubernetesApi, waits: str) -> tuple[JobState, list[str]]:
    return tenant_job.watch(
        api, NAMESPACE, TenantStage.SEEDS, progress_timeout=0, progress=lambda: None, waits=lambda: waits, tell=untold
    )


def watch_chart(api: KubernetesApi, waits: str) -> object:
    return chart_job.watch(
        api, NAMESPACE, names.FULLNAME, progress_timeout=0, progress=lambda: None, waits=lambda: waits, tell=untold
    )


WATCHES = [watch_bootstrap, watch_tenant, watch_chart]


def message(watch: t.Callable[[KubernetesApi, str], object], cluster: Cluster, waits: str = "") -> str:
    with pytest.raises(ActionFailed) as failure:
        watch(t.cast("KubernetesApi", cluster), waits)
    return str(failure.value)


@pytest.mark.parametrize("watch", WATCHES)
@pytest.mark.parametrize(
    ("container", "waits", "said"),
    [
        (RUNS, "", "the Job is running. The Job was left"),
        (RUNS, WAITS, f"the Job is running; {WAITS}. The Job was left"),
        (RUNS, UNREADABLE, f"the Job is running; {UNREADABLE} The Job was left"),
        (BACK_OFF, "", "the Job is running; pod pod: ImagePullBackOff: Back-off pulling image. The Job was left"),
        (BACK_OFF, WAITS, f"the Job is running; pod pod: ImagePullBackOff: Back-off pulling image; {WAITS}. The Job was left"),
    ],
)
def test_a_job_that_stands_is_described_in_whole_sentences_f28_u14(
    watch: t.Callable[[KubernetesApi, str], object], container: dict[str, t.Any], waits: str, said: str
) -> None:
    assert said in message(watch, Cluster(container, "half way.\n"), waits)


@pytest.mark.parametrize("watch", [watch_bootstrap, watch_chart])
@pytest.mark.parametrize(("log", "said"), [("", "there is none. "), ("one\nno such role.\n", "log: one | no such role. ")])
def test_the_end_of_a_log_ends_one_sentence_u13(watch: t.Callable[[KubernetesApi, str], object], log: str, said: str) -> None:
    assert said in message(watch, Cluster(RUNS, log, "Failed"))


def test_how_the_tenants_job_ended_is_for_the_rows_to_judge_f13() -> None:
    for condition, state in (("Failed", JobState.FAILED), ("Complete", JobState.SUCCEEDED)):
        api = t.cast("KubernetesApi", Cluster(RUNS, "one\ntwo\n", condition))
        assert watch_tenant(api, "") == (state, ["one", "two"])


Watch = t.Callable[..., object]
ASKING: list[Watch] = [jobs.watch, functools.partial(chart_job.watch, fullname=names.FULLNAME)]


@pytest.mark.parametrize("watch", ASKING, ids=["own", "chart"])
def test_the_database_is_not_asked_for_the_progress_of_a_job_that_has_ended(watch: Watch) -> None:
    api = t.cast("KubernetesApi", Cluster(RUNS, "one\n", "Complete"))
    watch(api, NAMESPACE, progress_timeout=0, progress=lambda: pytest.fail("asked"), waits=str, tell=untold)


@pytest.mark.parametrize("watch", ASKING, ids=["own", "chart"])
def test_the_database_is_asked_for_progress_less_often_than_the_job(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster, asked, clock = Cluster(RUNS, "one\n"), [], [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds
        if clock[0] >= ASK_SECONDS * 3:
            cluster.job["status"] = {"conditions": [{"type": "Complete", "status": "True"}]}

    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr("time.sleep", sleep)
    api = t.cast("KubernetesApi", cluster)
    watch(api, NAMESPACE, progress_timeout=9, progress=lambda: asked.append(clock[0]), waits=str, tell=untold)
    assert asked == [0.0, ASK_SECONDS, ASK_SECONDS * 2]


def test_nothing_to_do_next_leaves_no_gap() -> None:
    with pytest.raises(ActionFailed) as failure:
        wait_until(lambda: "still. ", lambda _seen: False, what="it", progress_timeout=0, next_action="")
    assert failure.value.message.endswith("Last seen: still.")
