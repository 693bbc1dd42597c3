# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A PostgreSQL: where it is, how to get in, and who else may."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, field

from ..._core import names, waiting
from ..._core.appliance.appliance import Appliance
from ..._core.counting import counted
from ..._core.credentials.drift import Role
from ..._core.credentials.hba import Rule
from ..._core.database.database import MAINTENANCE_DATABASE
from ..._core.errors import ObservationFailed
from ..._core.states import Reason, SslMode
from ..clock import clauses
from ..cluster import causes, workloads
from ..cluster.kubernetes import APPS, Json, KubernetesApi, as_text, decode, path
from ..storage.claim_users import is_running, mounts
from . import postgresql
from .dial import dial


@dataclass(frozen=True)
class Route:
    """The way into one PostgreSQL, looked up once and good for as many sessions as one observation needs.

    :param dial: opens a connected socket.
    :param identities: the system identifier that was recorded for this server, by the place of the record.
    """

    where: str
    user: str
    password: str | None
    dial: t.Callable[[], t.Any]
    identities: t.Mapping[str, str] = field(default_factory=dict)

    def connect(self, database: str) -> postgresql.Session:
        """Open a direct session.

        :raises ObservationFailed: when it is refused or nothing answers.
        """
        return postgresql.connect(
            where=self.where,
            user=self.user,
            password=self.password or "",
            database=database,
            sock=self.dial(),
        )


@dataclass(frozen=True)
class InCluster:
    """PostgreSQL behind a Service, reached by port-forward, where it sees a connection from loopback."""

    api: KubernetesApi
    appliance: Appliance
    user: str = names.SUPERUSER

    @property
    def where(self) -> str:
        """The server as a person would name it."""
        return f"{self.appliance.service}.{self.appliance.namespace}"

    @property
    def _service(self) -> str:
        return f"Service {self.appliance.namespace}/{self.appliance.service}"

    def route(self) -> Route:
        """Look up Service, pod and password.

        :raises ObservationFailed: with a reason of its own for each link of the way that is missing.
        """
        service = self.api.get(path("services", self.appliance.namespace, self.appliance.service))
        if service is None:
            raise ObservationFailed(
                f"Could not reach PostgreSQL: {self._service} does not exist.",
                reason=Reason.SERVICE_NOT_FOUND,
            )
        selector = service["spec"].get("selector")
        # Of one that is another name for a host, the selector means nothing (Kubernetes: ExternalName).
        if not selector or service["spec"].get("type") == "ExternalName":
            why = "has no selector" if not selector else "has type ExternalName"
            raise ObservationFailed(
                f"Could not reach PostgreSQL: {self._service} {why}, so the pods behind it are unknown.",
                reason=Reason.LOOK_FAILED,
                next_action="Correct alga_db_service: the Service of the appliance's own PostgreSQL selects its pod.",
            )
        pods = self._pods(selector)
        running = [pod for pod in pods if is_running(pod)]
        if not running:
            why = clauses([*self._unmade(selector, pods), causes.of_pods(self.api, self.appliance.namespace, pods)])
            raise ObservationFailed(
                f"Could not reach PostgreSQL: no pod behind {self._service} is running, "
                f"{counted(len(pods), 'pod')} found{f': {why}' if why else ''}.",
                reason=Reason.NO_RUNNING_POD,
                evidence={"pods": {pod["metadata"]["name"]: pod["status"].get("phase") for pod in pods}},
            )
        behind = self._postgresql(running)
        pod, port = behind["metadata"]["name"], self._target_port(service, behind)
        secret = self.api.get(path("secrets", self.appliance.namespace, self.appliance.credentials_secret)) or {"metadata": {}}
        recorded = (secret["metadata"].get("annotations") or {}).get(names.IDENTITY_ANNOTATION)
        value = (decode(secret) or {}).get(names.SUPERUSER_KEY)
        return Route(
            self.where,
            self.user,
            None if value is None else as_text(value, names.SUPERUSER_KEY, self.appliance.secret),
            dial=lambda: self.api.port_forward(self.appliance.namespace, pod, port),
            identities={f"Secret {self.appliance.secret}": recorded} if recorded else {},
        )

    def final(self, judge: waiting.Judge) -> str:
        """Say what keeps PostgreSQL from running and cannot pass by itself; empty where everything can (R10, R12).

        :param judge: of the wait for it.
        """
        service = self.api.get(path("services", self.appliance.namespace, self.appliance.service)) or {"spec": {}}
        selector = service["spec"].get("selector")
        if not selector:
            return ""
        pods = self._pods(selector)
        return causes.final(self.api, self.appliance.namespace, judge, [(maker, pods) for maker in self._makers(selector)])

    def _pods(self, selector: t.Mapping[str, str]) -> list[Json]:
        return workloads.selected(self.api, self.appliance.namespace, selector)

    def _makers(self, selector: t.Mapping[str, str]) -> list[Json]:
        """The StatefulSets whose pods the Service selects."""
        found = self.api.items(path("statefulsets", self.appliance.namespace, group=APPS))
        return [each for each in found if selector.items() <= (each["spec"]["template"]["metadata"].get("labels") or {}).items()]

    def _unmade(self, selector: t.Mapping[str, str], pods: t.Sequence[Json]) -> list[str]:
        """Why the pods behind the Service were not made, where there is none."""
        return (
            [] if pods else [causes.unmade(self.api, self.appliance.namespace, maker, pods) for maker in self._makers(selector)]
        )

    def connect(self, database: str) -> postgresql.Session:
        """Open a direct session as superuser."""
        return self.route().connect(database)

    def _postgresql(self, running: t.Sequence[Json]) -> Json:
        """The pod that runs PostgreSQL: a pod for a backup, or of something else, may have the same labels.

        :raises ObservationFailed: when several may be it.
        """
        on_claim = [pod for pod in running if mounts(pod["spec"], self.appliance.database_claim)]
        likely = on_claim or running
        ready = [pod for pod in likely if waiting.is_ready(pod)] or likely
        if len(ready) > 1:
            found = ", ".join(sorted(pod["metadata"]["name"] for pod in ready))
            raise ObservationFailed(
                f"Could not reach PostgreSQL: {self._service} selects several running pods ({found}), and which of them has the "
                "data is unknown.",
                reason=Reason.LOOK_FAILED,
                next_action=f"Correct the selector of {self._service} or the labels of the other pods, or alga_db_service.",
            )
        return ready[0]

    def _target_port(self, service: Json, pod: Json) -> int:
        """The pod's port behind the Service's for PostgreSQL; a name is one of the pod's ports (Kubernetes: ServicePort).

        :raises ObservationFailed: when no container of the pod has a port of that name.
        """
        listed = service["spec"].get("ports") or [{"port": names.PORT}]
        ports = [each for each in listed if each.get("protocol", "TCP") == "TCP"] or listed
        # A sidecar is among the init containers. Of equal names, the first container's is meant, and a sidecar's last.
        containers = [*(pod["spec"].get("containers") or []), *(pod["spec"].get("initContainers") or [])]
        named = {
            each["name"]: int(each["containerPort"])
            for container in reversed(containers)
            for each in container.get("ports") or []
            if each.get("name") and each.get("protocol", "TCP") == "TCP"
        }
        targets = [each.get("targetPort") or each["port"] for each in ports]
        likely = [target for each, target in zip(ports, targets, strict=True) if each["port"] == names.PORT]
        likely = likely or [target for target in targets if named.get(target, target) == names.PORT] or targets
        target = likely[0]
        # Behind a headless Service a client is at the pod itself, where no port becomes another one.
        if service["spec"].get("clusterIP") == "None" and any(each["port"] == names.PORT for each in ports):
            return names.PORT
        if isinstance(target, int):
            return target
        found = named.get(target)
        if found is None:
            raise ObservationFailed(
                f"{self._service} uses port {target!r} of pod {pod['metadata']['name']}, which has no port with that name.",
                reason=Reason.LOOK_FAILED,
                next_action=f"Correct the targetPort of {self._service}.",
            )
        return found


@dataclass(frozen=True)
class ByAddress:
    """Any PostgreSQL by host and port."""

    host: str
    port: int
    user: str
    secret_value: str
    ssl_mode: SslMode = SslMode.VERIFY_FULL
    ca_cert: str | None = None

    def route(self) -> Route:
        """The way is known already; an IPv6 address may stand in brackets, in which no resolver knows it."""
        host = self.host.removeprefix("[").removesuffix("]")
        named = f"[{host}]" if ":" in host else host
        where = f"{named}:{self.port}"
        return Route(
            where,
            self.user,
            self.secret_value,
            dial=lambda: dial(where, host, self.port, self.ssl_mode, self.ca_cert, seconds=postgresql.SECONDS),
        )


Server: t.TypeAlias = InCluster | ByAddress


def access(server: InCluster) -> tuple[dict[str, Role], list[Rule]]:
    """Read who may log in, and how they are asked: every role, and ``pg_hba.conf`` as it is now.

    :raises ObservationFailed: when it could not be read.
    """
    with contextlib.closing(server.connect(MAINTENANCE_DATABASE)) as session:
        session.give_up_waiting()
        roles = session.rows(
            "SELECT rolname, rolcanlogin, coalesce(rolvaliduntil < now(), false), coalesce(rolpassword, ''), rolconnlimit,"
            " (SELECT count(*) FROM pg_stat_activity WHERE usesysid = pg_authid.oid), rolsuper FROM pg_authid"
        )
        rules = session.rows("SELECT type, database, user_name, address, netmask, auth_method, error FROM pg_hba_file_rules")
    return (
        {str(row[0]): Role(*row) for row in roles},
        [
            Rule(kind or "", databases or (), users or (), *(text or "" for text in rest))
            for kind, databases, users, *rest in rules
        ],
    )


def identity(server: InCluster) -> str:
    """Read the system identifier of the data.

    :raises ObservationFailed: when it could not be read.
    """
    with contextlib.closing(server.connect(MAINTENANCE_DATABASE)) as session:
        return str(session.value("SELECT system_identifier::text FROM pg_control_system()"))
