# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_volumes: the appliance's claims belong to the collection, not to a release."""

from __future__ import annotations

import typing as t
import uuid

from .._adapters.kubernetes import KubernetesApi, path
from .._core import names
from .._core.admission import Admission, decide
from .._core.errors import Refused
from .._core.results import build
from .._core.states import Mode
from .._core.storage import StorageObservation, classify, findings
from ._context import CHANGING, Params, Result, Run, Spec, UseCase, cluster
from .storage_options import CLAIMS, observe

OBSERVE, GUARD, ENSURE, READY = "observe", "guard", "ensure", "ready"
SIZE = "20Gi"

SPEC: Spec = {
    **CHANGING,
    **CLAIMS,
    "step": {"type": "str", "choices": [OBSERVE, GUARD, ENSURE, READY], "required": True},
    "mode": {"type": "str", "choices": [mode.value for mode in Mode]},
    "storage_class": {"type": "str", "default": "local-path"},
    "sizes": {"type": "dict", "default": {}},
    "system_identifier": {"type": "str"},
}


def perform(params: Params, run: Run) -> Result:
    """Look, rule on the mode, and make or free the claims."""
    with cluster(params) as api:
        seen = observe(api, params)
        if params["step"] == OBSERVE:
            return _observed(seen)
        if params["step"] == READY:
            return _mark_ready(api, params, run, seen)
        ruling = decide(Mode(params["mode"]), seen)
        if ruling.admission is Admission.REFUSE:
            raise Refused(
                f"{ruling.message} {ruling.next_action}",
                evidence={"state": classify(seen).value, "decision": ruling.admission.value, **seen.evidence()},
            )
        changes = _ensure(api, params, run, seen) if params["step"] == ENSURE else []
        made = observe(api, params) if changes and not run.check_mode else seen
        return build(
            state=classify(seen).value,
            decision=ruling.admission.value,
            message=ruling.message + (f" {'; '.join(changes)}." if changes else ""),
            evidence=made.evidence(),
            changed=bool(changes),
            diff={"before": "", "after": "".join(f"{change}\n" for change in changes)} if run.diff else None,
        )


def _observed(seen: StorageObservation) -> Result:
    found = findings(seen)
    return build(
        state=classify(seen).value,
        decision="observe",
        message="Data of this appliance is here: " + "; ".join(found) + "."
        if found
        else f"No claim, volume or directory holds data of this appliance in namespace {seen.namespace}.",
        evidence={**seen.evidence(), "found": found},
    )


def _ensure(api: KubernetesApi, params: Params, run: Run, seen: StorageObservation) -> list[str]:
    """Create the claims that are missing and free those that a release owns; returns what was done, in words."""
    done = []
    for section, name in names.claims(params["fullname"]).items():
        claim = seen.claim(name)
        where = f"PersistentVolumeClaim {params['namespace']}/{name}"
        if claim is None:
            if not run.check_mode:
                api.create(path("persistentvolumeclaims", params["namespace"]), _claim(params, section, name))
            done.append(f"created {where}")
        elif claim.release and not claim.kept:
            if not run.check_mode:
                body = {"metadata": {"annotations": {names.KEEP_ANNOTATION: names.KEEP}}}
                api.merge(path("persistentvolumeclaims", params["namespace"], name), body)
            done.append(f"freed {where} of Helm release {claim.release}")
    return done


def _claim(params: Params, section: str, name: str) -> dict[str, t.Any]:
    annotations = {names.KEEP_ANNOTATION: names.KEEP}
    if section == names.DATABASE_SECTION:
        annotations |= {names.STATE_ANNOTATION: names.INITIALIZING, names.RUN_ANNOTATION: str(uuid.uuid4())}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": name,
            "namespace": params["namespace"],
            "labels": {names.MANAGED_BY_LABEL: names.FIELD_MANAGER},
            "annotations": annotations,
        },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": params["storage_class"],
            "resources": {"requests": {"storage": params["sizes"].get(section, SIZE)}},
        },
    }


def _mark_ready(api: KubernetesApi, params: Params, run: Run, seen: StorageObservation) -> Result:
    """End the two-phase mark: the appliance on this claim is complete, and this is the cluster identity of its data."""
    claim = seen.claim(seen.database_claim)
    where = f"PersistentVolumeClaim {params['namespace']}/{seen.database_claim}"
    if claim is None:
        raise Refused(f"{where} was to be marked as complete and does not exist. Run recover.yml, which names what is left.")
    changed = claim.state != names.READY
    if changed and not run.check_mode:
        annotations = {names.STATE_ANNOTATION: names.READY, names.IDENTITY_ANNOTATION: params["system_identifier"]}
        api.merge(path("persistentvolumeclaims", params["namespace"], claim.name), {"metadata": {"annotations": annotations}})
    return build(
        state=classify(seen).value,
        decision=READY,
        message=f"{where} holds a complete appliance.",
        evidence=seen.evidence(),
        changed=changed,
    )


USE_CASE = UseCase(
    "alga_volumes",
    SPEC,
    perform,
)
