# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kubeconfig's user must be allowed to do, as data: for docs/permissions.md and for the check before a run (R28)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from enum import StrEnum

from . import names
from .appliance.settings import BOOTSTRAP, CORE, CREDENTIALS, ESCROW, REBIND, ROTATE, STATUS, SUPPORT
from .appliance.settings import STORAGE as CLAIMS
from .credentials.repair import Action
from .states import Mode
from .storage import local_path


class Scope(StrEnum):
    """Where a permission holds."""

    APPLIANCE = "appliance"
    PROVISIONER = "provisioner"
    CLUSTER = "cluster"


class Role(StrEnum):
    """A Role, or a ClusterRole, by what it is for."""

    LOOK = "look"
    RUN = "run"
    CREDENTIALS = "credentials"
    REBIND = "rebind"
    SUPPORT = "support"


@dataclass(frozen=True)
class Rule:
    """One rule of a Role, as Kubernetes writes it."""

    scope: Scope
    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


@dataclass(frozen=True, order=True)
class Question:
    """One thing that a user may or may not do; of the whole cluster where it has no namespace."""

    namespace: str
    verb: str
    resource: str
    group: str


APPLIANCE, PROVISIONER, CLUSTER = Scope.APPLIANCE, Scope.PROVISIONER, Scope.CLUSTER
APPS, BATCH, COORDINATION, STORAGE = "apps", "batch", "coordination.k8s.io", "storage.k8s.io"
READ, WRITE = ("get", "list"), ("create", "patch", "delete")
RULES: dict[Role, tuple[Rule, ...]] = {
    Role.LOOK: (
        # Pods are made to look into volumes and images.
        Rule(APPLIANCE, "", ("pods",), (*READ, "create", "delete")),
        # A websocket is opened by GET, which newer API servers take for a creation.
        Rule(APPLIANCE, "", ("pods/portforward", "pods/exec"), ("get", "create")),
        Rule(APPLIANCE, "", ("pods/log", "services", "services/proxy", "configmaps"), ("get",)),
        Rule(APPLIANCE, "", ("secrets", "persistentvolumeclaims"), READ),
        # Why something waits, and what a pod may ask for.
        Rule(APPLIANCE, "", ("events", "limitranges"), ("list",)),
        Rule(APPLIANCE, APPS, ("deployments", "statefulsets"), READ),
        Rule(APPLIANCE, BATCH, ("jobs",), READ),
        Rule(APPLIANCE, "snapshot.storage.k8s.io", ("volumesnapshots",), ("list",)),
        Rule(APPLIANCE, COORDINATION, ("leases",), ("get",)),
        Rule(PROVISIONER, "", ("configmaps", "pods/log"), ("get",)),
        Rule(PROVISIONER, "", ("pods",), (*READ, "create", "delete")),
        # A provisioner's configuration may be in any namespace (R2).
        Rule(CLUSTER, "", ("persistentvolumes", "nodes", "configmaps"), ("list",)),
        Rule(CLUSTER, "", ("namespaces",), ("get",)),
        Rule(CLUSTER, STORAGE, ("storageclasses",), READ),
    ),
    Role.RUN: (
        Rule(APPLIANCE, COORDINATION, ("leases",), ("create", "patch")),
        # helm writes whatever the chart renders, and keeps its records in Secrets.
        Rule(APPLIANCE, "", ("secrets",), (*WRITE, "update")),
        Rule(APPLIANCE, "", ("configmaps", "services", "persistentvolumeclaims"), WRITE),
        Rule(APPLIANCE, APPS, ("deployments", "statefulsets"), WRITE),
        Rule(APPLIANCE, BATCH, ("jobs",), WRITE),
    ),
    Role.CREDENTIALS: (
        Rule(APPLIANCE, COORDINATION, ("leases",), ("create", "patch")),
        Rule(APPLIANCE, "", ("secrets",), WRITE),
        # Whoever has an old password is restarted.
        Rule(APPLIANCE, APPS, ("replicasets",), ("get",)),
        Rule(APPLIANCE, APPS, ("deployments", "statefulsets", "daemonsets"), ("patch",)),
    ),
    Role.REBIND: (
        Rule(APPLIANCE, COORDINATION, ("leases",), ("create", "patch")),
        Rule(APPLIANCE, "", ("persistentvolumeclaims",), ("create",)),
        Rule(CLUSTER, "", ("persistentvolumes",), ("create", "patch")),
        Rule(CLUSTER, "", ("nodes",), ("get",)),
    ),
    Role.SUPPORT: (Rule(APPLIANCE, "", ("services", "configmaps"), ("list",)),),
}
# Beside Role.LOOK, by the mode of a playbook or the role of somebody's own play.
ROLES: dict[str, Role] = {
    STATUS: Role.LOOK,
    **dict.fromkeys((mode.value for mode in Mode), Role.RUN),
    **dict.fromkeys((ROTATE, ESCROW, *(action.value for action in Action)), Role.CREDENTIALS),
    REBIND: Role.REBIND,
    SUPPORT: Role.SUPPORT,
    **dict.fromkeys((CORE, BOOTSTRAP, CREDENTIALS, CLAIMS, "application", "initial_tenant", "verify"), Role.RUN),
    **dict.fromkeys(("credential_repair", "credential_rotation"), Role.CREDENTIALS),
}


def rules(mode: str) -> tuple[Rule, ...]:
    """Everything that a mode needs; nothing for one that opens no cluster."""
    role = ROLES.get(mode)
    return () if role is None else RULES[Role.LOOK] + (RULES[role] if role is not Role.LOOK else ())


def questions(mode: str, namespace: str, *, provisioner: bool) -> list[Question]:
    """What a mode needs, one question each.

    :param namespace: the appliance's.
    :param provisioner: whether the provisioner's namespace is there, so that something is looked at in it.
    """
    places = {APPLIANCE: namespace, PROVISIONER: local_path.NAMESPACE, CLUSTER: ""}
    found = {
        Question(places[rule.scope], verb, resource, rule.group)
        for rule in rules(mode)
        if rule.scope is not PROVISIONER or provisioner
        for resource in rule.resources
        for verb in rule.verbs
    }
    return sorted(found)


def refusal(mode: str, missing: t.Collection[Question]) -> str:
    """One sentence over everything that is missing."""
    places: dict[str, dict[str, list[str]]] = {}
    for each in sorted(missing):
        place = places.setdefault(f"in namespace {each.namespace}" if each.namespace else "in the whole cluster", {})
        place.setdefault(each.resource + (f".{each.group}" if each.group else ""), []).append(each.verb)
    told = "; ".join(f"{place} {_listed(what)}" for place, what in places.items())
    role = ROLES[mode]
    named = " and ".join(dict.fromkeys(name(each) for each in (Role.LOOK, role)))
    return (
        f"The user of {names.KUBECONFIG_OPTION} lacks these permissions: {told}. Grant the Roles and ClusterRoles {named}; "
        "docs/permissions.md contains them ready to be applied."
    )


def _listed(resources: t.Mapping[str, t.Sequence[str]]) -> str:
    return ", ".join(f"{resource} ({' '.join(verbs)})" for resource, verbs in sorted(resources.items()))


def name(role: Role) -> str:
    """The name of a Role and of the ClusterRole beside it."""
    return f"alga-appliance-{role.value}"


def manifests(role: Role, namespace: str) -> list[dict[str, t.Any]]:
    """A Role for the appliance's namespace, one for the provisioner's and a ClusterRole, where each has a rule."""
    found = []
    for scope, place in ((APPLIANCE, namespace), (PROVISIONER, local_path.NAMESPACE), (CLUSTER, "")):
        metadata = {"name": name(role), **({"namespace": place} if place else {})}
        entries = [
            {"apiGroups": [rule.group], "resources": list(rule.resources), "verbs": list(rule.verbs)}
            for rule in RULES[role]
            if rule.scope is scope
        ]
        if entries:
            kind = "Role" if place else "ClusterRole"
            head = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata}
            found.append({**head, "rules": entries})
    return found
