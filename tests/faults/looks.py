# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the appliance is, seen from outside: never through the collection that is tried."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import typing as t
from dataclasses import dataclass, field, replace
from pathlib import Path

from ansible_collections.alga.appliance.tests.scenarios.appliance import CLAIM, Appliance
from ansible_collections.alga.appliance.tests.scenarios.outside import NoAnswerError

Json = dict[str, t.Any]

# The tables of the rows that Appliance.rows counts, in its order.
_SEEDED = ("tenants", "users", "roles", "permissions", "role_permissions")
_KINDS = (
    "configmaps,deployments.apps,jobs.batch,leases.coordination.k8s.io,networkpolicies.networking.k8s.io,persistentvolumeclaims,"
    "poddisruptionbudgets.policy,pods,rolebindings.rbac.authorization.k8s.io,roles.rbac.authorization.k8s.io,secrets,"
    "serviceaccounts,services,statefulsets.apps"
)
# What a user put on the volume of files.
USER_FILE = "kept.txt"
_ASIDE = "data.half-initialised-*"
_HELM_SECRET = "helm.sh/release.v1"
# A copy of what must stay, while helm acts: left by a run that was killed there, and forgotten by the next once nothing is lost.
_COPY = "alga-appliance-kept"
_ROLE_KEYS = {
    "postgres": "DB_PASSWORD_SUPERUSER",
    "app_user": "DB_PASSWORD_SERVER",
    "app_user_pgbouncer": "DB_PASSWORD_PGBOUNCER",
    "hocuspocus_user": "DB_PASSWORD_HOCUSPOCUS",
}
_ROLES = "SELECT json_object_agg(rolname, json_build_array(xmin::text, rolpassword)) FROM pg_authid WHERE rolcanlogin"
# One question for everything: each answer is a port-forward of its own. The ledger is told apart from the other tables.
_STATE = f"""
SELECT json_build_object(
  'databases', (SELECT json_agg(datname ORDER BY datname) FROM pg_database),
  'advisory_locks', (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),
  'migration_lock', (SELECT string_agg(is_locked::text, ',') FROM knex_migrations_lock),
  'roles', ({_ROLES}),
  'ledger', (SELECT coalesce(json_agg(json_build_array(mode, outcome, image, image_id, seed_set, migrations_after)
    ORDER BY finished_at), '[]') FROM alga_appliance.runs),
  'tables', (SELECT json_object_agg(name, rows) FROM (
    SELECT format('%I.%I', schemaname, tablename) AS name,
      (xpath('/row/count/text()', query_to_xml(format('SELECT count(*) FROM %I.%I', schemaname, tablename), false, true, '')))[1]
      ::text::bigint AS rows
    FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'alga_appliance')) AS counted)
)
"""  # noqa: S608  # made of constants


@dataclass(frozen=True)
class Kept:
    """What a life of an appliance must never change: unknown is None, compared with nothing, and never what a run may end with.

    :param secrets: digests of the data of every Secret, by name, without Helm's own.
    :param volumes: the name of the volume of every claim that has one.
    :param directories: inodes of the volumes' directories and of the database's own files, by path.
    :param identifier: the system identifier in PostgreSQL's control file.
    :param roles: transaction that wrote a role last, and its verifier, by name.
    :param aside: inodes of data directories that a first run has moved aside, because they were begun and not finished (F35).
    """

    secrets: t.Mapping[str, str] | None = None
    volumes: t.Mapping[str, str] | None = None
    directories: t.Mapping[str, int] = field(default_factory=dict)
    identifier: str | None = None
    roles: t.Mapping[str, t.Sequence[str]] | None = None
    aside: frozenset[int] = frozenset()

    def since(self, earlier: Kept) -> Kept:
        """The same, with what was known earlier where nothing is known now."""
        return self if self.roles is not None else replace(self, roles=earlier.roles)


@dataclass(frozen=True)
class State:
    """What a run ends with.

    :param objects: every object by kind and name, with what its author chose of it.
    :param tables: number of rows of every table.
    :param ledger: the ledger's runs: mode, outcome, image, its id, seed set, migrations.
    :param passwords: for every login role, whether the Secret's password belongs to its verifier.
    :param ready_pods: what the pods that are ready belong to.
    """

    objects: t.Mapping[str, t.Any]
    databases: t.Sequence[str]
    tables: t.Mapping[str, int]
    ledger: t.Sequence[t.Sequence[t.Any]]
    rows: str
    migration_lock: str
    advisory_locks: int
    holders: t.Mapping[str, str]
    releases: t.Mapping[str, str]
    passwords: t.Mapping[str, bool]
    ready_pods: t.Sequence[str]


class Looks:
    """Looks at one appliance."""

    def __init__(self, appliance: Appliance, storage: Path) -> None:
        self._appliance = appliance
        self._storage = storage

    def kept(self) -> Kept:
        """What must stay, as far as it can be seen now."""
        items = self._items("secrets,persistentvolumeclaims")
        secrets = {name: _digest(item.get("data", {})) for name, item in items.items() if is_kept_secret(item)}
        volumes = {
            name: item["spec"]["volumeName"]
            for name, item in items.items()
            if item["kind"] == "PersistentVolumeClaim" and item["spec"].get("volumeName")
        }
        try:
            roles = json.loads(self._appliance.sql(_ROLES, "postgres"))
        except NoAnswerError:
            roles = None  # PostgreSQL is not up at this moment
        aside = frozenset(path.stat().st_ino for path in self._storage.glob(f"*_msp_{CLAIM}/{_ASIDE}"))
        return Kept(secrets, volumes, self._inodes(), self._identifier(), roles, aside)

    def claim_state(self) -> str:
        """What the collection noted on the database claim; empty where there is no claim."""
        state = "jsonpath={.metadata.annotations.alga\\.appliance/state}"
        return self._appliance.kubectl("get", "persistentvolumeclaim", CLAIM, "--ignore-not-found", "-o", state)

    def state(self) -> State:
        """What there is after a run that succeeded.

        :raises subprocess.CalledProcessError: when Kubernetes does not answer.
        :raises NoAnswerError: when PostgreSQL does not.
        """
        items = self._items(_KINDS)
        answer: Json = json.loads(self._appliance.sql(_STATE))
        roles = answer.pop("roles")
        secret = {key: base64.b64decode(value).decode() for key, value in items["Secret/db-credentials"]["data"].items()}
        return State(
            **answer,
            objects=dict(sorted(normal(item) for item in items.values() if item["kind"] != "Pod")),
            rows="|".join(str(answer["tables"].get(f"public.{table}")) for table in _SEEDED),
            holders={name: item["spec"].get("holderIdentity") or "" for name, item in items.items() if item["kind"] == "Lease"},
            releases=_releases(items.values()),
            passwords={role: role in roles and opens(secret[key], roles[role][1]) for role, key in _ROLE_KEYS.items()},
            ready_pods=sorted(_part(item) for item in items.values() if item["kind"] == "Pod" and _is_ready(item)),
        )

    def enospc(self) -> int:
        """How often PostgreSQL found no space left since its pod was made, in the log of this container and the one before."""
        said = ""
        for which in ("--previous=false", "--previous=true"):
            try:
                said += self._appliance.kubectl("logs", "db-0", "-c", "db", which)
            except subprocess.CalledProcessError:
                continue  # there is no such container
        return said.count("No space left on device")

    def _items(self, kinds: str) -> dict[str, Json]:
        listed = json.loads(self._appliance.kubectl("get", kinds, "-o", "json"))["items"]
        return {f"{item['kind']}/{item['metadata']['name']}": item for item in listed}

    def _inodes(self) -> dict[str, int]:
        paths = [*self._storage.glob("*_msp_*"), *self._storage.glob(f"*_msp_*/{USER_FILE}")]
        data = self._data()
        if data is not None:
            paths += [data, data / "PG_VERSION", data / "base"]
        return {str(path.relative_to(self._storage)): path.stat().st_ino for path in paths if path.exists()}

    def _identifier(self) -> str | None:
        """The first 8 bytes of pg_control (PostgreSQL source, src/include/catalog/pg_control.h, ControlFileData)."""
        data = self._data()
        return str(int.from_bytes((data / "global/pg_control").read_bytes()[:8], "little")) if data else None

    def _data(self) -> Path | None:
        """PostgreSQL's data directory, once a server has run on it: an initdb that fails removes what it made."""
        found = [data for data in self._storage.glob(f"*_msp_{CLAIM}/data") if (data / "postmaster.opts").exists()]
        return found[0] if len(found) == 1 else None


def opens(password: str, verifier: str) -> bool:
    """Whether a password belongs to a SCRAM verifier (RFC 5802, section 3; PostgreSQL, pg_authid.rolpassword)."""
    scheme, _dollar, rest = verifier.partition("$")
    if scheme != "SCRAM-SHA-256":
        return False
    parameters, _dollar, keys = rest.partition("$")
    iterations, _colon, salt = parameters.partition(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    client = hmac.digest(salted, b"Client Key", "sha256")
    return base64.b64encode(hashlib.sha256(client).digest()).decode() == keys.partition(":")[0]


def normal(item: Json) -> tuple[str, t.Any]:
    """An object's kind and name with what its author chose, without what differs from run to run."""
    kind, name = item["kind"], item["metadata"]["name"]
    if kind == "Secret" and item.get("type") == _HELM_SECRET:
        return f"Secret/{name.rpartition('.v')[0]}", "a revision of Helm's"
    chosen: dict[str, t.Callable[[], t.Any]] = {
        "Secret": lambda: sorted(item.get("data", {})),
        "ConfigMap": lambda: _digest(item.get("data", {})),
        "PersistentVolumeClaim": lambda: [
            item["status"]["phase"],
            item["spec"]["resources"]["requests"]["storage"],
            item["metadata"].get("annotations", {}).get("alga.appliance/state", ""),
        ],
        "Service": lambda: [item["spec"].get("selector"), [port["port"] for port in item["spec"].get("ports", [])]],
        "Deployment": lambda: _workload(item),
        "StatefulSet": lambda: _workload(item),
    }
    return f"{kind}/{name}", chosen.get(kind, lambda: "")()


def _workload(item: Json) -> Json:
    pod = item["spec"]["template"]["spec"]
    every = [*pod.get("initContainers", []), *pod["containers"]]
    claims = [
        volume["persistentVolumeClaim"]["claimName"] for volume in pod.get("volumes", []) if "persistentVolumeClaim" in volume
    ]
    return {
        "replicas": item["spec"]["replicas"],
        "ready": item["status"].get("readyReplicas", 0),
        "images": {container["name"]: container["image"] for container in every},
        "claims": sorted(claims),
    }


def is_kept_secret(item: Json) -> bool:
    """Whether an object is a Secret whose data must be the same for ever."""
    return bool(item["kind"] == "Secret" and item.get("type") != _HELM_SECRET and item["metadata"]["name"] != _COPY)


def _releases(items: t.Iterable[Json]) -> dict[str, str]:
    """The status of every release's newest revision, by the labels of Helm's own Secrets."""
    labels = [item["metadata"]["labels"] for item in items if item.get("type") == _HELM_SECRET]
    return {entry["name"]: entry["status"] for entry in sorted(labels, key=lambda entry: int(entry["version"]))}


def _part(pod: Json) -> str:
    """What a pod belongs to."""
    labels = pod["metadata"].get("labels", {})
    return str(labels.get("app") or labels.get("app.kubernetes.io/component", ""))


def _is_ready(pod: Json) -> bool:
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in pod["status"].get("conditions", []))


def _digest(data: t.Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]
