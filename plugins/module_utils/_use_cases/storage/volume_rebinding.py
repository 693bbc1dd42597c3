# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_volume_rebinding: lost claims are made again on the volumes that have their data."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._adapters.clock import clauses, wait_until
from ..._adapters.cluster.kubernetes import Json, KubernetesApi, path
from ..._core import names
from ..._core.errors import Refused
from ..._core.results import build
from ..._core.states import StorageState
from ..._core.storage.rebinding import Binding, plan
from ..._core.storage.storage import classify
from .._context import Result, Run, UseCase, cluster
from .._options import Changing, Claims, Confirmed, Sizes, Waiting
from ..cluster import namespace
from ..confirmation import require
from ..observing.storage_options import SIZE, claim_object, observe


@dataclass(frozen=True)
class Options(Changing, Claims, Confirmed, Sizes, Waiting):
    """How a lost claim is made again."""


_HOSTNAME = "kubernetes.io/hostname"


def perform(options: Options, run: Run) -> Result:
    """Look, and make every claim that is lost and whose volume is beyond doubt."""
    claims = options.appliance.claims
    where = f"{options.namespace}/{options.appliance.database_claim}"
    with cluster(options) as api:
        seen = observe(api, options)
        bindings, refusal = plan(seen, list(claims.values()))
        if refusal:
            raise Refused(f"Could not recreate the claims of {where}: {refusal.rstrip('.')}. Nothing was changed.")
        said = [binding.said(options.namespace) for binding in bindings]
        if bindings and not run.check_mode:
            require(options, where, said)
            namespace.ensure(api, options.namespace, check_mode=False)
            for binding in bindings:
                _bind(api, options, binding)
            _wait(api, options, bindings)
    return build(
        state=classify(seen).value,
        decision="bind" if bindings else "keep",
        message=f"{clauses(said)}."
        if bindings
        else f"No claim of the appliance in namespace {options.namespace} has lost its volume; nothing was changed.",
        next_action="If the Secrets are lost too, run rescue_credentials.yml, otherwise recover.yml." if bindings else "",
        evidence=seen.evidence(),
        changed=bool(bindings),
        diff={"before": "", "after": "".join(f"{each}\n" for each in said)} if run.diff else None,
    )


def _bind(api: KubernetesApi, options: Options, binding: Binding) -> None:
    """Make a claim that only this volume can have, and let the volume be only for this claim."""
    section = next(section for section, name in options.appliance.claims.items() if name == binding.claim)
    url = path("persistentvolumes", name=binding.volume)
    if binding.exists:
        api.create(
            path("persistentvolumes"), _replaced(api, options, binding) if binding.replaces else _again(api, options, binding)
        )
        return
    if binding.path:
        size = options.sizes.get(section, SIZE)
        volume = api.create(path("persistentvolumes"), _volume(api, options, binding, size))
    else:
        # Without the old claim's identity it is free for the new one of the same name, and for no other.
        kept = {"claimRef": {"uid": None, "resourceVersion": None}, "persistentVolumeReclaimPolicy": "Retain"}
        volume = api.merge(url, {"spec": kept})
    storage_class, size = volume["spec"].get("storageClassName", ""), volume["spec"]["capacity"]["storage"]
    claim = claim_object(options.namespace, binding.claim, storage_class, size)
    claim["spec"]["volumeName"] = binding.volume
    api.create(path("persistentvolumeclaims", options.namespace), claim)


def _again(api: KubernetesApi, options: Options, binding: Binding) -> Json:
    """The volume of a claim that is Lost: by its name and the claim's uid, Kubernetes takes it for the one that was there."""
    found = api.get(path("persistentvolumeclaims", options.namespace, binding.claim))
    if found is None:
        raise _vanished(f"PersistentVolumeClaim {options.namespace}/{binding.claim}", "does not exist")
    body = _volume(api, options, binding, found["spec"]["resources"]["requests"]["storage"])
    body["spec"]["claimRef"]["uid"] = found["metadata"]["uid"]
    body["spec"]["storageClassName"] = found["spec"].get("storageClassName", "")
    return body


def _replaced(api: KubernetesApi, options: Options, binding: Binding) -> Json:
    """Take away a volume whose node is gone; returns the same one for another node, since its nodeAffinity cannot be changed.

    Its claim is never deleted, and what it points to is not touched: it is kept whatever happens to the object. A run that is
    killed in between leaves the claim Lost and the directory there, which is the case that this playbook knows, too.
    """
    url, affinity = path("persistentvolumes", name=binding.volume), _on(api, binding)
    old = api.merge(url, {"spec": {"persistentVolumeReclaimPolicy": "Retain"}})
    api.delete(url)
    if api.get(url) is not None:
        # It is held for its claim, which stays.
        api.merge(url, {"metadata": {"finalizers": None}})
    wait_until(
        lambda: api.get(url),
        lambda found: found is None,
        what=f"PersistentVolume {binding.volume} to be deleted",
        progress_timeout=options.progress_timeout,
        describe=lambda _found: "it still exists",
        next_action="Check its finalizers (kubectl describe), then run the same playbook again.",
    )
    kept = {key: old["metadata"].get(key) for key in ("name", "labels", "annotations")}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": kept,
        "spec": {**old["spec"], "nodeAffinity": affinity},
    }


def _on(api: KubernetesApi, binding: Binding) -> Json:
    """The nodeAffinity for the node that has the directory.

    :raises Refused: when the node is gone since the look, or has no name that a volume could refer to.
    """
    node = api.get(path("nodes", name=binding.node))
    if node is None:
        raise _vanished(f"Node {binding.node}", "does not exist")
    name = (node["metadata"].get("labels") or {}).get(_HOSTNAME)
    if not name:
        raise _vanished(f"Node {binding.node}", f"has no label {_HOSTNAME}")
    term = {"key": _HOSTNAME, "operator": "In", "values": [name]}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}}


def _vanished(thing: str, how: str) -> Refused:
    """What was there when everything was looked at, and is not any more."""
    return Refused(
        f"Could not recreate a claim on its volume: {thing} {how} any more. No data was removed. Check what else changes this "
        "cluster, then run the same playbook again."
    )


def _volume(api: KubernetesApi, options: Options, binding: Binding, size: str) -> Json:
    """A volume on a directory that is there: one that is not must not be made, it would be empty."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": binding.volume, "labels": {names.MANAGED_BY_LABEL: names.FIELD_MANAGER}},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": size},
            "claimRef": {"kind": "PersistentVolumeClaim", "namespace": options.namespace, "name": binding.claim},
            "hostPath": {"path": binding.path, "type": "Directory"},
            "nodeAffinity": _on(api, binding),
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": options.storage_class,
        },
    }


def _wait(api: KubernetesApi, options: Options, bindings: t.Sequence[Binding]) -> None:
    def unbound() -> list[str]:
        found = {each.claim: api.get(path("persistentvolumeclaims", options.namespace, each.claim)) for each in bindings}
        return [name for name, claim in found.items() if claim is None or claim["status"].get("phase") != "Bound"]

    wait_until(
        unbound,
        lambda waiting: not waiting,
        what=f"the claims in namespace {options.namespace} to be bound",
        progress_timeout=options.progress_timeout,
        progress=list,
        describe=lambda waiting: f"{', '.join(waiting)} not bound",
        next_action="Check their events (kubectl describe), then run the same playbook again.",
    )


USE_CASE = UseCase("alga_volume_rebinding", Options, perform, states=StorageState)
