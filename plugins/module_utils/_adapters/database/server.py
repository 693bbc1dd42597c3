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
from ..storage.claim_users import is_running
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
        if not selector:
            raise ObservationFailed(
                f"Could not reach PostgreSQL: {self._service} has no selector, so the pods behind it are unknown.",
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
        pod, port = running[0]["metadata"]["name"], self._target_port(service, running[0])
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

    def _target_port(self, service: Json, pod: Json) -> int:
        """The pod's port behind the Service's for PostgreSQL; a name is one of the pod's ports (Kubernetes: ServicePort).

        :raises ObservationFailed: when no container of the pod has a port of that name.
        """
        ports = service["spec"].get("ports") or [{"port": names.PORT}]
        port = next((each for each in ports if each["port"] == names.PORT), ports[0])
        target = port.get("targetPort") or port["port"]
        if isinstance(target, int):
            return target
        named = [each for container in pod["spec"]["containers"] for each in container.get("ports") or []]
        found = next((each["containerPort"] for each in named if each.get("name") == target), None)
        if found is None:
            raise ObservationFailed(
                f"{self._service} uses port {target!r} of pod {pod['metadata']['name']}, which has no port with that name.",
                reason=Reason.LOOK_FAILED,
                next_action=f"Correct the targetPort of {self._service}.",
            )
        return int(found)


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
