# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Services of the cluster the variables of a container name."""

from __future__ import annotations

import re
import typing as t

# Of a host for one purpose, DB_HOST_ADMIN, too; POSTGRES_SEEDS is where Temporal looks for PostgreSQL.
_NAMED = re.compile(r"(?:^|_)(?:HOST(?:S|_ADMIN)?|URL|URI|ADDR(?:ESS)?|ENDPOINT|BROKERS)$|_HOSTNAME$|^PGHOST$|^POSTGRES_SEEDS$")
_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_HOST = re.compile(r"([-.a-z0-9]+)(?::\d+)?")
_END = re.compile(r"[/?#]")
_SUPERUSER_URL = re.compile(r"postgres(?:ql)?://postgres[:@]")
# Schemes behind which no host stands, and words in place of a host.
_FILES = ("file", "sqlite", "unix")
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "none", "null", "undefined", "disabled", "auto", "localhost"))
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


# Every cluster has it.
_API = Service("default", "kubernetes")


def hosts(value: str) -> list[str]:
    """The hosts of a URL or an address, in lower case; none for what is neither."""
    scheme, _separator, rest = value.strip().lower().rpartition("://") if "://" in value else ("", "", value.strip().lower())
    if scheme.rpartition(":")[2] in _FILES:
        return []
    authority = _END.split(rest, maxsplit=1)[0]
    user, _at, named = authority.rpartition("@")
    listed = [_HOST.fullmatch(each) for each in named.split(",")]
    # A password may contain what ends an authority; no part of it may pass for a host.
    if "@" in rest[len(authority) :] and (":" in user or not all(listed)):
        named = _END.split(rest.rpartition("@")[2], maxsplit=1)[0]
        listed = [_HOST.fullmatch(each) for each in named.split(",")]
    return [each[1].rstrip(".") for each in listed if each and each[1] not in _WORDS]


def services(value: str, home: str) -> list[Service]:
    """The Services that an address names, without those outside the cluster, and without what only a running pod knows.

    :param home: the namespace of the pod.
    """
    found = (_service(host.split("."), home) for host in hosts(value))
    return [each for each in found if each is not None and each != _API]


def _service(labels: list[str], home: str) -> Service | None:
    """The Service that a name in DNS leads to.

    Inside a cluster a Service is ``name``, ``name.namespace``, ``name.namespace.svc`` or the whole name; a pod of it has its own
    name before that (Kubernetes: DNS for Services and Pods).
    """
    if not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if "svc" in labels[2:]:
        at = labels.index("svc", 2)
        return Service(labels[at - 1], labels[at - 2])
    return Service(home, labels[0]) if labels[1:] in ([], [home]) else None


def pooled_superuser(variables: t.Mapping[str, str]) -> t.Iterator[str]:
    """Name the variables that make a container connect as the superuser through the pooler.

    The host of DB_USER_ADMIN is DB_HOST_ADMIN; where that is not set, a program takes DB_HOST, or another host that it has.
    """
    others = [value for name, value in variables.items() if is_address(name) and "://" not in value]
    for name, value in variables.items():
        if _SUPERUSER_URL.match(value) and _is_pooled([value]):
            yield name
        before, user, after = name.rpartition("USER")
        if value == SUPERUSER and user:
            own = [variables[each] for each in (f"{before}HOST{after}", f"{before}HOST") if each in variables]
            if _is_pooled(own[:1] or others):
                yield name


def _is_pooled(addresses: t.Iterable[str]) -> bool:
    return any(POOLER in host for address in addresses for host in hosts(address))
