# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why pods do not run, asked of an API that fails on any question which is not in its script."""

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import causes
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi, path
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.plugins.module_utils._core.waiting import Judge

PODS, EVENTS = path("pods", "msp"), path("events", "msp")
PASSWORD = "a-long-password"
TEMPLATE = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
QUOTA = 'pods "job-x" is forbidden: failed quota: q: must specify limits.cpu for: c'
FULL = 'pods "job-x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2'


class Cluster:
    """Events by the object that they are about, one log and the answer to a dry run."""

    def __init__(self, events: dict[str, str] | None = None, *, log: str = "", refusal: str = "", status: int = 403) -> None:
        self.events, self.log, self.refusal, self.status = events or {}, log, refusal, status
        self.queries: list[dict[str, str]] = []
        self.tried: list[dict[str, t.Any]] = []
        self.claim: dict[str, t.Any] | None = {"metadata": {"name": "data", "uid": "c1"}, "status": {"phase": "Bound"}}

    def get(self, url: str) -> dict[str, t.Any] | None:
        assert url == path("persistentvolumeclaims", "msp", "data")
        return self.claim

    def items(self, url: str, *, fieldSelector: str) -> list[dict[str, t.Any]]:  # noqa: N803
        assert url == EVENTS
        wanted = dict(each.split("=") for each in fieldSelector.split(","))
        assert wanted["type"] == "Warning"
        said = self.events.get(wanted["involvedObject.uid"])
        if said == "forbidden":
            raise ObservationFailed("GET events was answered with 403.", reason=Reason.API_FORBIDDEN)
        reason, _colon, message = (said or "").partition(": ")
        return [{"reason": reason, "message": message}] if said and wanted.get("reason", reason) == reason else []

    def request(self, _method: str, url: str, *, query: dict[str, str]) -> str:
        assert url == f"{PODS}/app/log"
        self.queries.append(query)
        return self.log

    def secrets(self, namespace: str) -> list[dict[str, t.Any]]:
        assert namespace == "msp"
        return [{"data": {"KEY": base64.b64encode(PASSWORD.encode()).decode()}}]

    def create(self, url: str, body: dict[str, t.Any], *, dry_run: bool) -> None:
        assert url == PODS and dry_run, "nothing is made to find out why"
        self.tried.append(body)
        if self.refusal:
            reason = Reason.API_FORBIDDEN if self.status == 403 else Reason.API_ERROR
            raise ObservationFailed(f"POST was answered with {self.status}: {self.refusal}.", reason=reason)


def api(cluster: Cluster) -> KubernetesApi:
    return t.cast("KubernetesApi", cluster)


def pod(container: dict[str, t.Any], phase: str = "Running") -> dict[str, t.Any]:
    volumes = [{"name": "scratch", "emptyDir": {}}, {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    status = {"phase": phase, "containerStatuses": [container]}
    return {"metadata": {"name": "app", "uid": "p1"}, "spec": {"volumes": volumes}, "status": status}


def crashed(state: dict[str, t.Any]) -> dict[str, t.Any]:
    end = {"terminated": {"exitCode": 1, "reason": "Error"}}
    return {"name": "c", "restartCount": 2, "state": state, "lastState": end}


BACKS_OFF = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s"}}
CREATING = {"name": "c", "state": {"waiting": {"reason": "ContainerCreating"}}}


@pytest.mark.parametrize(("state", "earlier"), [(BACKS_OFF, {}), ({"running": {}}, {"previous": "true"})])
def test_the_log_of_a_container_that_crashed_is_quoted_without_secrets_r12(
    state: dict[str, t.Any], earlier: dict[str, str]
) -> None:
    cluster = Cluster(log=f"opening with {PASSWORD}\nmkdir /data/files: permission denied\n")
    said = causes.of_pods(api(cluster), "msp", [pod(crashed(state))])
    assert "exit code 1 (Error); the end of its log: opening with (hidden) | mkdir /data/files: permission denied" in said
    assert PASSWORD not in said
    (query,) = cluster.queries
    assert query["container"] == "c" and {key: query[key] for key in query if key == "previous"} == earlier


def test_a_pod_that_only_its_events_explain_r12() -> None:
    mount = "FailedMount: MountVolume.SetUp failed for volume storage-config: secret not found"
    assert mount in causes.of_pods(api(Cluster({"p1": mount})), "msp", [pod(CREATING, "Pending")])
    assert causes.of_pods(api(Cluster()), "msp", [pod(CREATING, "Pending")]) == ""
    ended = pod({"name": "c", "state": {"terminated": {"exitCode": 0}}}, "Succeeded")
    assert causes.of_pods(api(Cluster({"p1": mount})), "msp", [ended]) == ""


def test_what_a_provisioner_says_of_a_pending_pods_claim_r12() -> None:
    refused = "ProvisioningFailed: pathPattern must start with {{ .PVC.Namespace }}/{{ .PVC.Name }}/: msp/data"
    cluster = Cluster({"c1": refused})
    assert causes.of_pod(api(cluster), "msp", pod(CREATING, "Pending")) == "", "a claim with a volume holds nothing up"
    cluster.claim = {"metadata": {"name": "data", "uid": "c1"}, "status": {"phase": "Pending"}}
    assert causes.of_pod(api(cluster), "msp", pod(CREATING, "Pending")) == f"PersistentVolumeClaim data: {refused}"
    assert causes.of_pod(api(cluster), "msp", pod(CREATING)) == "", "a running pod has its volumes"
    assert causes.of_pod(api(Cluster()), "msp", pod(CREATING, "Pending")) == ""
    cluster.claim = None
    assert causes.of_pod(api(cluster), "msp", pod(CREATING, "Pending")) == "", "the pod's own event says that a claim is missing"


def test_events_that_may_not_be_read_are_said_and_end_nothing() -> None:
    assert "could not be read: GET events was answered with 403" in causes.of_pods(
        api(Cluster({"p1": "forbidden"})), "msp", [pod(CREATING, "Pending")]
    )


def job(**status: t.Any) -> dict[str, t.Any]:
    return {"metadata": {"name": "job", "uid": "j1"}, "spec": {"template": TEMPLATE}, "status": status}


DEPLOYMENT = {
    **job(conditions=[{"type": "ReplicaFailure", "status": "True", "message": QUOTA}]),
    "spec": {"replicas": 1, "template": TEMPLATE},
}


@pytest.mark.parametrize(
    ("maker", "events", "pods", "said"),
    [
        (job(), {"j1": f"FailedCreate: {QUOTA}"}, [], f"FailedCreate: {QUOTA}"),
        (job(), {"j1": f"FailedCreate: {QUOTA}"}, [pod(CREATING)], ""),
        (job(), {"j1": "BackoffLimitExceeded: it failed"}, [], ""),
        (job(), {}, [], ""),
        (DEPLOYMENT, {}, [pod(CREATING)], QUOTA),
    ],
)
def test_what_makes_pods_says_why_it_cannot_r10(
    maker: dict[str, t.Any], events: dict[str, str], pods: list[dict[str, t.Any]], said: str
) -> None:
    assert causes.unmade(api(Cluster(events)), "msp", maker, pods) == said


@pytest.mark.parametrize(
    ("refusal", "status", "final"),
    [
        (QUOTA, 403, True),
        # Its cause was mended meanwhile, and the event is of before.
        ("", 0, False),
        (FULL, 403, False),
        ("admission webhook does not support dry run", 400, False),
    ],
)
def test_a_pod_that_is_not_let_in_ends_the_wait_while_the_server_says_so_r10(refusal: str, status: int, final: bool) -> None:
    cluster = Cluster({"j1": f"FailedCreate: {QUOTA}"}, refusal=refusal, status=status)
    said = causes.final(api(cluster), "msp", Judge(), [(job(), [])])
    assert refusal in said if final else said == "", said
    (tried,) = cluster.tried
    assert tried["spec"]["containers"] == TEMPLATE["spec"]["containers"] and tried["metadata"]["labels"] == {"app": "x"}  # type: ignore[index]


def test_claims_of_a_template_are_no_reason_to_refuse_its_pod_r10() -> None:
    cluster = Cluster({"j1": f"FailedCreate: {QUOTA}"})
    maker = {**job(), "spec": {"template": TEMPLATE, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}}
    assert causes.final(api(cluster), "msp", Judge(), [(maker, [])]) == ""
    assert cluster.tried[0]["spec"]["volumes"] == [{"name": "data", "emptyDir": {}}]


def test_nothing_is_tried_where_nothing_was_refused() -> None:
    cluster = Cluster()
    assert causes.final(api(cluster), "msp", Judge(), [(job(), [])]) == "" and cluster.tried == []
