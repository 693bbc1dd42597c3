# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_volumes: the appliance's claims belong to the collection, not to a release."""

from __future__ import annotations

import typing as t

from ..._adapters.cluster.kubernetes import KubernetesApi, path
from ..._adapters.storage import storage
from ..._adapters.storage.set_aside import set_aside
from ..._core import names
from ..._core.decision.decision import decide
from ..._core.decision.situation import Facts
from ..._core.results import build
from ..._core.states import Step, StorageState
from ..._core.storage.storage import StorageObservation, classify
from .._context import Result, Run, UseCase, cluster
from ..observing.situation import UNCHANGED, UNCHANGED_HERE, Observer, refuse
from ..observing.storage_options import SIZE, claim_object, observe
from .first_claim import Claiming, prove_empty


def perform(options: Claiming, run: Run) -> Result:
    """Look, decide, and make or free the claims."""
    with cluster(options) as api:
        facts = Observer(api, options, options.mode).facts()
        decision = decide(facts)
        refuse(decision, facts, UNCHANGED if run.check_mode else UNCHANGED_HERE, facts.situation().storage)
        seen = t.cast("StorageObservation", facts.storage)  # what could not be read was refused
        changes: list[str] = []
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


def _ensure(api: KubernetesApi, options: Claiming, run: Run, seen: StorageObservation) -> list[str]:
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


def _move_data_aside(api: KubernetesApi, options: Claiming, run: Run, facts: Facts) -> str:
    """Make room for the initdb of a first run whose first one was killed; returns what was done, in words."""
    claim = options.appliance.database_claim
    moved = "" if run.check_mode else set_aside(api, options.namespace, claim, options.helper_image, facts.run)
    return f"The half-initialised data on PersistentVolumeClaim {options.namespace}/{claim} is moved aside" + (
        f" as {moved}" if moved else ""
    )


USE_CASE = UseCase("alga_volumes", Claiming, perform, states=StorageState)
