# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which pod and port are behind PostgreSQL's Service, and a password that is no text: said, never guessed."""

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import server
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.server import ByAddress, InCluster
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import PASSING, Reason, SslMode

NAMED, METRICS = {"name": "pg", "containerPort": 6000}, {"name": "metrics", "containerPort": 9187}


class Cluster:
    """A namespace with one Service, one Secret and one pod."""

    def __init__(self, spec: dict[str, t.Any], password: bytes = b"secret") -> None:
        self.spec, self.password = spec, password
        self.dialled: list[tuple[str, str, int]] = []

    def get(self, url: str) -> t.Any:
        if "/services/" in url:
            return {"spec": self.spec}
        return {"metadata": {}, "data": {names.SUPERUSER_KEY: base64.b64encode(self.password).decode()}}

    def items(self, url: str, **query: str) -> t.Any:
        assert url.endswith("/pods") and query == {"labelSelector": "app=db"}
        containers = [{"name": "exporter", "ports": [METRICS]}, {"name": "db", "ports": [NAMED]}]
        status = {"phase": "Running", "containerStatuses": [{"state": {"running": {}}}]}
        return [{"metadata": {"name": "db-0"}, "spec": {"containers": containers}, "status": status}]

    def port_forward(self, namespace: str, pod: str, port: int) -> None:
        self.dialled.append((namespace, pod, port))


def route(cluster: Cluster) -> t.Any:
    api: KubernetesApi = t.cast("t.Any", cluster)
    return InCluster(api, Appliance("msp")).route()


SELECTS = {"selector": {"app": "db"}}


@pytest.mark.parametrize(
    ("ports", "port"),
    [
        ([{"port": 5432}], 5432),
        ([{"port": 5432, "targetPort": 5433}], 5433),
        ([{"port": 5432, "targetPort": "pg"}], 6000),
        ([{"port": 9187, "targetPort": "metrics"}, {"port": 5432, "targetPort": "pg"}], 6000),
        ([{"port": 6432, "targetPort": 5432}], 5432),
        ([{"port": 9187, "targetPort": "metrics"}, {"port": 6432, "targetPort": 5432}], 5432),
        ([{"port": 5432, "protocol": "UDP", "targetPort": 1}, {"port": 5432, "protocol": "TCP", "targetPort": "pg"}], 6000),
        (None, 5432),
    ],
)
def test_the_pods_port_is_the_one_that_the_service_sends_to(ports: t.Any, port: int) -> None:
    cluster = Cluster({**SELECTS, "ports": ports} if ports else SELECTS)
    route(cluster).dial()
    assert cluster.dialled == [("msp", "db-0", port)]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"ports": [{"port": 5432}]}, "has no selector"),
        ({"selector": {}, "ports": [{"port": 5432}]}, "has no selector"),
        ({"type": "ExternalName", "externalName": "db.example"}, "has no selector"),
        ({"type": "ExternalName", "externalName": "db.example", **SELECTS}, "has type ExternalName"),
        ({**SELECTS, "ports": [{"port": 5432, "targetPort": "postgres"}]}, "'postgres' of pod db-0"),
    ],
)
def test_a_pod_is_never_guessed(spec: dict[str, t.Any], said: str) -> None:
    with pytest.raises(ObservationFailed) as raised:
        route(Cluster(spec))
    assert said in raised.value.message and raised.value.reason not in PASSING


def test_behind_a_headless_service_no_port_becomes_another() -> None:
    cluster = Cluster({**SELECTS, "clusterIP": "None", "ports": [{"port": 5432, "targetPort": 6000}]})
    route(cluster).dial()
    assert cluster.dialled == [("msp", "db-0", 5432)]


def test_a_port_of_a_sidecar_is_found_by_its_name() -> None:
    cluster = Cluster({**SELECTS, "ports": [{"port": 5432, "targetPort": "sidecar"}]})
    (pod,) = cluster.items("/pods", labelSelector="app=db")
    pod["spec"]["initContainers"] = [{"name": "proxy", "ports": [{"name": "sidecar", "containerPort": 7000}]}]
    assert InCluster(t.cast("t.Any", cluster), Appliance("msp"))._target_port({"spec": cluster.spec}, pod) == 7000


def test_of_equal_names_the_first_containers_port_is_meant() -> None:
    """As Kubernetes takes it (FindPort): containers by their order, then sidecars."""
    (pod,) = Cluster(SELECTS).items("/pods", labelSelector="app=db")
    pod["spec"]["containers"] = [{"ports": [NAMED]}, {"ports": [{**NAMED, "containerPort": 6001}]}]
    pod["spec"]["initContainers"] = [{"ports": [{**NAMED, "containerPort": 6002}]}]
    service = {"spec": {"ports": [{"port": 5432, "targetPort": "pg"}]}}
    assert InCluster(t.cast("t.Any", Cluster(SELECTS)), Appliance("msp"))._target_port(service, pod) == 6000


class Crowd(Cluster):
    """A namespace in which the Service selects several pods that run."""

    def __init__(self, *, mounted: str = "", ready: bool = False) -> None:
        super().__init__({**SELECTS, "ports": [{"port": 5432}]})
        self.mounted, self.ready = mounted, ready

    def items(self, url: str, **query: str) -> t.Any:
        (other,), (own,) = super().items(url, **query), super().items(url, **query)
        other["metadata"]["name"], own["metadata"]["name"] = "a-backup", "db-0"
        if self.mounted:
            own["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": self.mounted}}]
        if self.ready:
            own["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
        return [other, own]


@pytest.mark.parametrize("given", [{"mounted": Appliance("msp").database_claim}, {"ready": True}])
def test_of_several_pods_the_one_with_the_data_or_the_ready_one_is_postgresqls(given: dict[str, t.Any]) -> None:
    cluster = Crowd(**given)
    route(cluster).dial()
    assert cluster.dialled == [("msp", "db-0", 5432)]


def test_of_several_pods_that_may_be_it_none_is_taken() -> None:
    with pytest.raises(ObservationFailed, match=r"selects several running pods \(a-backup, db-0\)") as raised:
        route(Crowd())
    assert raised.value.reason is Reason.LOOK_FAILED and "alga_db_service" in raised.value.next_action


def test_a_password_that_is_no_text_is_said_and_not_shown() -> None:
    with pytest.raises(ObservationFailed, match=f"Key {names.SUPERUSER_KEY} of Secret msp/db-credentials has 8 bytes") as raised:
        route(Cluster({**SELECTS, "ports": [{"port": 5432}]}, b"canary\xff\xfe"))
    assert raised.value.reason is Reason.SECRET_MISMATCH and "canary" not in raised.value.message
    assert "do not create a new one" in raised.value.next_action


UNSCHEDULABLE: dict[str, t.Any] = {
    "metadata": {"name": "db-0"},
    "spec": {},
    "status": {
        "phase": "Pending",
        "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "node is cordoned."}],
    },
}
QUOTA = "failed quota: q: must specify limits.cpu for: db"


class Down(Cluster):
    """A namespace whose StatefulSet has made no pod that runs."""

    def __init__(self, *pods: dict[str, t.Any]) -> None:
        super().__init__(SELECTS)
        self.pods = list(pods)

    def items(self, url: str, **query: str) -> t.Any:
        def maker(name: str) -> t.Any:
            template = {"metadata": {"labels": {"app": name, "tier": "data"}}}
            return {"metadata": {"name": name, "uid": name}, "spec": {"replicas": 1, "template": template}}

        if url.endswith("/statefulsets"):
            return [maker("redis"), maker("db")]
        if url.endswith("/events"):
            assert query["fieldSelector"] == "type=Warning,involvedObject.uid=db,reason=FailedCreate"
            return [{"reason": "FailedCreate", "message": QUOTA}]
        return self.pods


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        (Down(UNSCHEDULABLE), "no pod behind Service msp/db is running, 1 pod found: pod db-0: Unschedulable: node is cordoned."),
        (Down(), f"no pod behind Service msp/db is running, 0 pods found: FailedCreate: {QUOTA}."),
    ],
)
def test_why_no_pod_of_postgresql_runs_is_said_r10_r11(cluster: Down, said: str) -> None:
    with pytest.raises(ObservationFailed) as raised:
        route(cluster)
    assert said in raised.value.message and raised.value.reason is Reason.NO_RUNNING_POD


@pytest.mark.parametrize(
    ("given", "host", "named"),
    [
        ("db.example.org", "db.example.org", "db.example.org:5432"),
        ("2001:db8::1", "2001:db8::1", "[2001:db8::1]:5432"),
        ("[2001:db8::1]", "2001:db8::1", "[2001:db8::1]:5432"),
    ],
)
def test_an_address_is_dialled_without_brackets_and_named_with_them(
    monkeypatch: pytest.MonkeyPatch, given: str, host: str, named: str
) -> None:
    dialled: list[tuple[object, ...]] = []
    monkeypatch.setattr(server, "dial", lambda *way, **_seconds: dialled.append(way))
    route = ByAddress(given, 5432, names.SUPERUSER, "secret", SslMode.VERIFY_CA, "/ca.pem").route()
    route.dial()
    assert (dialled, route.where) == ([(named, host, 5432, SslMode.VERIFY_CA, "/ca.pem")], named)


def test_a_server_that_is_named_by_its_address_is_verified_by_default() -> None:
    assert ByAddress("db.example.org", 5432, names.SUPERUSER, "secret").ssl_mode is SslMode.VERIFY_FULL
