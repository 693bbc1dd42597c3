# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Services of the cluster the variables of a container name."""

from __future__ import annotations

import re
import typing as t

# Of a host for one purpose, such as DB_HOST_ADMIN, too; POSTGRES_SEEDS is where Temporal looks for PostgreSQL.
_NAMED = re.compile(r"(?:^|_)(?:HOST(?:_[A-Z]+)?|URL|URI|ADDRESS)$|^POSTGRES_SEEDS$")
_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_SUPERUSER_URL = re.compile(r"postgres(?:ql)?://postgres[:@]")
SUPERUSER = "postgres"
POOLER = "pgbouncer"


class Service(t.NamedTuple):
    """A Service by its namespace and name."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """As a sentence names it."""
        return f"Service {self.namespace}/{self.name}"


def is_address(name: str) -> bool:
    """Whether a variable of this name holds a URL, a host or an address."""
    return bool(_NAMED.search(name))


def host(value: str) -> str:
    """The host of a URL or an address, in lower case; empty where there is none."""
    rest = value.strip().lower().partition("://")[2] or value.strip().lower()
    return re.split(r"[/?#,]", rest, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]


def service(value: str, home: str) -> Service | None:
    """The Service that an address names; None for one outside the cluster, and for what only a running pod knows.

    Inside a cluster a Service is ``name``, ``name.namespace``, ``name.namespace.svc`` or the whole name; a pod of it has its own
    name before that (Kubernetes: DNS for Services and Pods).

    :param home: the namespace of the pod.
    """
    labels = host(value).rstrip(".").split(".")
    if labels == ["localhost"] or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if "svc" in labels[2:]:
        at = labels.index("svc", 2)
        return Service(labels[at - 1], labels[at - 2])
    if len(labels) == 1:
        return Service(home, labels[0])
    return Service(home, labels[0]) if labels[1:] == [home] else None


def pooled_superuser(variables: t.Mapping[str, str]) -> t.Iterator[str]:
    """Name the variables that make a container connect as the superuser through the pooler.

    The host of DB_USER_ADMIN is DB_HOST_ADMIN; where that is not set, a program takes DB_HOST.
    """
    for name, value in variables.items():
        if _SUPERUSER_URL.match(value) and POOLER in host(value):
            yield name
        before, user, after = name.rpartition("USER")
        if value == SUPERUSER and user:
            hosts = [f"{before}HOST{after}", f"{before}HOST"]
            if POOLER in host(next((variables[each] for each in hosts if each in variables), "")):
                yield name
