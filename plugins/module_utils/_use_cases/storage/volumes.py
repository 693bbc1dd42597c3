# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_volumes: the appliance's claims belong to the collection, not to a release."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._adapters.cluster.kubernetes import KubernetesApi, path
from ..._adapters.storage import storage
from ..._adapters.storage.set_aside import set_aside
from ..._core import names
from ..._core.decision.decision import decide
from ..._core.decision.situation import Facts
from ..._core.errors import Refused
from ..._core.results import build
from ..._core.states import Step, StorageState
from ..._core.storage.storage import StorageObservation, classify, findings, trouble
from .._context import Result, Run, UseCase, cluster
from .._options import option
from ..credentials import generated_keys
from ..observing.situation import UNCHANGED, UNCHANGED_HERE, Observer, refuse
from ..observing.storage_options import SIZE, claim_object, observe
from .first_claim import Claiming, prove_empty

OBSERVE, GUARD, ENSURE, READY = "observe", "guard", "ensure", "ready"


@dataclass(frozen=True)
class Options(Claiming):
    """What is done about the claims."""

    step: str = option(type="str", choices=[OBSERVE, GUARD, ENSURE, READY], required=True)
    system_identifier: str | None = option(type="str")


def perform(options: Options, run: Run) -> Result:
    """Look, decide, and make or free the claims."""
    with cluster(options) as api:
        if options.step == OBSERVE:
            return _observed(observe(api, options))
        if options.step == READY:
            return _mark_ready(api, options, run, observe(api, options))
        facts = Observer(api, options, options.mode).facts()
        decision = decide(facts)
        refuse(decision, facts, UNCHANGED if options.step == GUARD else UNCHANGED_HERE, facts.situation().storage)
        seen = t.cast("StorageObservation", facts.storage)  # what could not be read was refused
        changes: list[str] = []
        if options.step == ENSURE:
            if decision.step is Step.PREPARE:
                seen, changes = prove_empty(api, options, run, seen)
            changes += _ensure(api, options, run, seen)
            if decision.step is Step.MOVE_DATA_ASIDE:
                changes.append(_move_data_aside(api, options, run, facts))
        made = observe(api, options) if changes and not run.check_mode else seen
        return build(
            state=classify(seen).value,
            decision=decision.step.value,
            message=decision.message + (f" {'; '.join(changes)}." if changes else ""),
            evidence=made.evidence(),
            changed=bool(changes),
            diff={"before": "", "after": "".join(f"{change}\n" for change in changes)} if run.diff else None,
        )


def _observed(seen: StorageObservation) -> Result:
    found, state, wrong = findings(seen), classify(seen), trouble(seen)
    message = (
        "Data of this appliance is here: " + "; ".join(found) + "."
        if found
        else f"No claim, volume or directory holds data of this appliance in namespace {seen.namespace}."
    )
    unfit = wrong if wrong and wrong.state is state else None
    return build(
        state=state.value,
        decision="observe",
        message=f"{unfit.message} {message}" if unfit else message,
        next_action=unfit.next_action if unfit else "",
        evidence={**seen.evidence(), "found": found},
    )


def _ensure(api: KubernetesApi, options: Options, run: Run, seen: StorageObservation) -> list[str]:
    """Create the claims that are missing and free those that a release owns; returns what was done, in words."""
    done = []
    for section, name in options.appliance.claims.items():
        claim = seen.claim(name)
        where = f"PersistentVolumeClaim {options.namespace}/{name}"
        if claim is None:
            if not run.check_mode:
                body = claim_object(options.namespace, name, options.storage_class, options.sizes.get(section, SIZE))
                api.create(path("persistentvolumeclaims", options.namespace), body)
            done.append(f"{where} is created")
        elif section == names.DATABASE_SECTION and seen.proved_empty:
            if not run.check_mode:
                storage.begin_first_run(api, options.namespace, name)
            done.append(f"{where}, which is empty, is marked as this first run's")
        elif claim.release and not claim.kept:
            if not run.check_mode:
                body = {"metadata": {"annotations": {names.KEEP_ANNOTATION: names.KEEP}}}
                api.merge(path("persistentvolumeclaims", options.namespace, name), body)
            done.append(f"{where} is released from Helm release {claim.release}")
    return done


def _move_data_aside(api: KubernetesApi, options: Options, run: Run, facts: Facts) -> str:
    """Make room for the initdb of a first run whose first one was killed; returns what was done, in words."""
    claim = options.appliance.database_claim
    moved = "" if run.check_mode else set_aside(api, options.namespace, claim, options.helper_image, facts.run)
    return f"The half-initialised data on PersistentVolumeClaim {options.namespace}/{claim} is moved aside" + (
        f" as {moved}" if moved else ""
    )


def _mark_ready(api: KubernetesApi, options: Options, run: Run, seen: StorageObservation) -> Result:
    """End the two-phase mark: the appliance on this claim is complete, and this is the identity of its data.

    The identity is recorded on the claim and on the Secret, so that another volume under the same name is seen even where
    one of the two was made anew. Beside it, on both, stand digests of the generated keys, so that a key made anew is seen as
    well (R29).
    """
    claim = seen.claim(seen.database_claim)
    where = f"PersistentVolumeClaim {options.namespace}/{seen.database_claim}"
    if claim is None:
        raise Refused(f"Could not mark {where} as complete: it does not exist. Run recover.yml, which reports what is left.")
    identity = options.system_identifier
    secret = path("secrets", options.namespace, options.credentials_secret)
    bound = ((api.get(secret) or {"metadata": {}})["metadata"].get("annotations") or {}).get(names.IDENTITY_ANNOTATION)
    keys = generated_keys.record(api, options.appliance)
    changed = (claim.state, claim.identity, bound) != (names.READY, identity, identity) or keys is not None
    if changed and not run.check_mode:
        annotations = {names.IDENTITY_ANNOTATION: identity, **({names.KEYS_ANNOTATION: keys} if keys else {})}
        api.merge(secret, {"metadata": {"annotations": annotations}})
        annotations = {**annotations, names.STATE_ANNOTATION: names.READY}
        api.merge(path("persistentvolumeclaims", options.namespace, claim.name), {"metadata": {"annotations": annotations}})
    return build(
        state=classify(seen).value,
        decision=READY,
        message=f"{where} holds a complete appliance.",
        evidence=seen.evidence(),
        changed=changed,
    )


USE_CASE = UseCase(
    "alga_volumes",
    Options,
    perform,
    states=StorageState,
)
