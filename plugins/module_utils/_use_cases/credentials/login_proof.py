# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A password is proved by those who use it: each consumer is available again, and PgBouncer lets its role through.

The application's own pods log in over the pod network before they start (its gate). A port that answers says nothing about
the passwords behind it, so PgBouncer is logged into (F11, U16).
"""

from __future__ import annotations

from ..._adapters.clock import clauses, wait_until
from ..._adapters.cluster import workloads
from ..._adapters.cluster.kubernetes import Json, KubernetesApi, as_text, path
from ..._adapters.credentials import consumers
from ..._adapters.database import postgresql
from ..._adapters.storage.claim_users import mounts
from ..._core import names
from ..._core.appliance.appliance import Appliance
from ..._core.errors import ObservationFailed


def prove(
    api: KubernetesApi, appliance: Appliance, role: str, password: bytes, *, progress_timeout: float, playbook: str
) -> None:
    """Wait until every consumer of a role's key is available and, where PgBouncer serves the role, a login goes through it.

    :param progress_timeout: seconds without progress after which it is given up.
    :param playbook: the one that goes on then.
    :raises ActionFailed: when progress_timeout ended; says what is missing.
    """
    key, claim = names.ROLE_KEYS[role], appliance.database_claim
    namespace, secret = appliance.namespace, appliance.credentials_secret
    text = as_text(password, key, appliance.secret)

    def lacking() -> str:
        users = [item for item in workloads.every(api, namespace) if consumers.with_key([_pod(item)], secret, key)]
        told = [
            f"{item['kind']} {item['metadata']['name']}: {workloads.why(api, lack)}"
            for item in users
            if not mounts(_pod(item)["spec"], claim) and (lack := workloads.missing(api, item))
        ]
        if role == names.POOLER_ROLE and not told:
            pods = consumers.with_key(consumers.of(api.items(path("pods", namespace)), secret, claim), secret, key)
            told = [_refused(api, namespace, pod, role, text) for pod in pods if consumers.is_pooler(pod)]
        return clauses(told)

    wait_until(
        lacking,
        lambda lack: not lack,
        what=f"the consumers of {key} to work with the new password of role {role}",
        progress_timeout=progress_timeout,
        progress=lambda lack: lack,
        next_action=f"Check what is named here, then run {playbook} again; it continues from here.",
    )


def _pod(workload: Json) -> Json:
    """The pod that a workload makes."""
    return dict(workload["spec"]["template"])


def _refused(api: KubernetesApi, namespace: str, pod: Json, role: str, password: str) -> str:
    """Why a login through PgBouncer and on to PostgreSQL does not succeed; empty when it does."""
    name = pod["metadata"]["name"]
    ports = [port["containerPort"] for container in pod["spec"]["containers"] for port in container.get("ports") or []]
    # Another container, such as an exporter of metrics, may stand first.
    known = next((port for port in (names.POOLER_PORT, names.PORT) if port in ports), None)
    port = known or (int(ports[0]) if ports else names.POOLER_PORT)
    try:
        postgresql.log_in_through_pooler(
            where=f"PgBouncer in pod {namespace}/{name}",
            user=role,
            password=password,
            database=names.DATABASE,
            sock=api.port_forward(namespace, name, port),
        )
    except ObservationFailed as error:
        return error.message
    return ""
