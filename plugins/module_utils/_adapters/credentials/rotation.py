# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rotation changes: the Secret with what is written down, the role, the Secret of the contract, and its consumers."""

from __future__ import annotations

import base64
import typing as t
from dataclasses import dataclass
from datetime import UTC, datetime

from ..._core import names
from ..._core.credentials.scram import verifier
from ..._core.errors import ActionFailed
from ..cluster.kubernetes import APPS, Json, KubernetesApi, encode, path
from ..database.postgresql import Session, identifier, literal

# What kubectl rollout restart writes, so that an operator sees the same.
_RESTARTED = "kubectl.kubernetes.io/restartedAt"
_WORKLOADS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}


def next_secret(secret: str) -> str:
    """The Secret that holds a password from the moment on which it was made until everything has it."""
    return f"{secret}-next"


def history_secret(secret: str) -> str:
    """The Secret that keeps every earlier password, numbered."""
    return f"{secret}-history"


@dataclass(frozen=True)
class Secrets:
    """The contract's Secret with the two beside it.

    :param name: of the contract's Secret.
    :param identity: the system identifier of the data that they belong to.
    """

    api: KubernetesApi
    namespace: str
    name: str
    identity: str

    def write_down(self, key: str, password: str) -> None:
        """Keep a new password before anything has it."""
        self._put(next_secret(self.name), {key: password.encode()})

    def publish(self, key: str, before: bytes, after: bytes, *, dry_run: bool = False) -> None:
        """Keep the Secret's password in its history, then put the new one in its place.

        :param dry_run: let the server check both and change nothing, as long as nothing else has the new one (R6).
        """
        self.remember(key, before, dry_run=dry_run)
        self.api.merge(path("secrets", self.namespace, self.name), {"data": encode({key: after})}, dry_run=dry_run)

    def remember(self, entry: str, value: bytes, *, dry_run: bool = False) -> None:
        """Keep what is about to be replaced, once, under the name of its entry and a number."""
        name = history_secret(self.name)
        kept = (self.api.get(path("secrets", self.namespace, name)) or {}).get("data") or {}
        earlier = [known for known in kept if known.rpartition(".")[0] == entry]
        if base64.b64encode(value).decode() not in (kept[known] for known in earlier):
            self._put(name, {f"{entry}.{len(earlier) + 1}": value}, dry_run=dry_run)

    def forget(self, key: str) -> None:
        """Forget what was written down, now that everything has it."""
        where = path("secrets", self.namespace, next_secret(self.name))
        left = set((self.api.get(where) or {}).get("data") or {}) - {key}
        if left:
            self.api.merge(where, {"data": {key: None}})
        else:
            self.api.delete(where)

    def _put(self, name: str, data: t.Mapping[str, bytes], *, dry_run: bool = False) -> None:
        if self.api.get(path("secrets", self.namespace, name)) is not None:
            self.api.merge(path("secrets", self.namespace, name), {"data": encode(data)}, dry_run=dry_run)
            return
        metadata = {
            "name": name,
            "namespace": self.namespace,
            "labels": {names.MANAGED_BY_LABEL: names.FIELD_MANAGER},
            "annotations": {names.KEEP_ANNOTATION: names.KEEP, names.IDENTITY_ANNOTATION: self.identity},
        }
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encode(data)}
        self.api.create(path("secrets", self.namespace), body, dry_run=dry_run)


def alter(session: Session, role: str, password: bytes) -> None:
    """Give the role the password, as a verifier that is computed here: no plaintext reaches the server or its log."""
    session.execute(
        f"change the password of role {role}",
        f"ALTER ROLE {identifier(role)} PASSWORD {literal(verifier(password))}",
        secret=True,
    )


def restart(api: KubernetesApi, namespace: str, pods: t.Iterable[str], *, playbook: str, dry_run: bool = False) -> list[str]:
    """Restart what pods belong to; returns its names.

    :param playbook: the one that goes on after a pod had to be restarted by hand.
    :param dry_run: let the server check it and restart nothing.
    :raises ActionFailed: when a pod belongs to nothing that would make it anew.
    """
    found = {_owner(api, namespace, pod, playbook) for pod in pods}
    for kind, name in sorted(found):
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        template = {"spec": {"template": {"metadata": {"annotations": {_RESTARTED: now}}}}}
        api.merge(path(_WORKLOADS[kind], namespace, name, group=APPS), template, dry_run=dry_run)
    return [f"{kind} {name}" for kind, name in sorted(found)]


def _owner(api: KubernetesApi, namespace: str, pod: str, playbook: str) -> tuple[str, str]:
    found: Json | None = api.get(path("pods", namespace, pod))
    while found is not None:
        above = next(iter(found["metadata"].get("ownerReferences") or []), None)
        if above is None:
            break
        if above["kind"] in _WORKLOADS:
            return str(above["kind"]), str(above["name"])
        found = api.get(path("replicasets", namespace, above["name"], group=APPS)) if above["kind"] == "ReplicaSet" else None
    raise ActionFailed(
        f"Pod {namespace}/{pod} has the old password and belongs to no Deployment, StatefulSet or DaemonSet that would "
        f"recreate it. Restart or delete it by hand, then run {playbook} again; it continues from here."
    )
