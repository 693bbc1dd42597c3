# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Question 4: may this run change what is here? Decided from the mode and from where data is, before anything is touched."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .states import Mode, StorageState
from .storage import StorageObservation, classify, findings, lost


class Admission(StrEnum):
    """What a mode may do with the storage that was found."""

    BEGIN = "begin"
    RESUME = "resume"
    CONVERGE = "converge"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Ruling:
    """The answer, why, and what to do next where it is a refusal."""

    admission: Admission
    message: str
    next_action: str = ""


def decide(mode: Mode, seen: StorageObservation) -> Ruling:
    """Decide whether a mode may go on (specification, Bootstrap Modes).

    Fresh begins only where nothing is, or resumes its own unfinished first run (F17). Recover converges only on a claim
    that has its volume; volumes without a claim are named and never bound behind the operator's back.
    """
    storage, named = classify(seen), "; ".join(findings(seen))
    leaving = [f"{seen.namespace}/{claim.name}" for claim in seen.claims if claim.terminating]
    if leaving:
        return Ruling(
            Admission.REFUSE,
            f"These PersistentVolumeClaims are being deleted (Terminating): {', '.join(leaving)}. What is installed over them "
            "loses its volume a moment later. Nothing was changed.",
            "Delete the pods and StatefulSets that still use them, wait until they are gone, then run the playbook again.",
        )
    if storage is StorageState.HALF_INITIALISED:
        return Ruling(
            Admission.REFUSE,
            f"A data directory was begun and not finished (PG_VERSION without global/pg_control): {named} (F35).",
            "Move that directory away by hand after looking into it, then run fresh.yml.",
        )
    if mode is Mode.FRESH:
        return _fresh(storage, named, seen)
    return _recover(storage, named, seen)


def _fresh(storage: StorageState, named: str, seen: StorageObservation) -> Ruling:
    if storage is StorageState.NONE:
        return Ruling(Admission.BEGIN, "No claim, volume or directory holds data of this appliance; a first run may begin.")
    if seen.first_run and not lost(seen):
        return Ruling(Admission.RESUME, f"First run {seen.first_run} began here and has not ended; it is continued ({named}).")
    return Ruling(
        Admission.REFUSE,
        f"fresh.yml expects nothing and found data of this appliance: {named}. Nothing was changed.",
        "There are two ways on: run recover.yml, which preserves this data and brings the appliance back; or, only if this "
        "data is of no further use, wipe what is named here and run fresh.yml again.",
    )


def _recover(storage: StorageState, named: str, seen: StorageObservation) -> Ruling:
    if storage is StorageState.NONE:
        return Ruling(
            Admission.REFUSE,
            f"recover.yml expects an appliance that was here, and found no claim, volume or directory of it in namespace "
            f"{seen.namespace}.",
            "If this appliance is new, run fresh.yml. If it had data, check alga_kubeconfig, alga_context and alga_namespace.",
        )
    if unbound := lost(seen):
        # Which of several volumes holds the customer's data is for a person to find out.
        pairs = "; ".join(
            f"{claim} to {volumes[0]}"
            if len(volumes) == 1
            else f"{claim} to one of {', '.join(volumes)}, after looking into each"
            for claim, volumes in unbound.items()
        )
        return Ruling(
            Admission.REFUSE,
            f"PersistentVolumeClaims {', '.join(unbound)} do not exist in namespace {seen.namespace}, but their data does: "
            f"{named}. New claims would get new, empty volumes, so none was made.",
            "Bind each claim to its old volume again: remove spec.claimRef from the PersistentVolume, then create the "
            f"PersistentVolumeClaim with spec.volumeName ({pairs}). Then run recover.yml.",
        )
    claim = seen.claim(seen.database_claim)
    if claim is not None and claim.volume:
        return Ruling(Admission.CONVERGE, f"Data of this appliance is here and is preserved: {named}.")
    return Ruling(
        Admission.REFUSE,
        f"Neither claim nor volume of the database exists in the cluster, but files of the appliance do: {named}. Nothing was "
        "made.",
        "Create a PersistentVolume with that path and a PersistentVolumeClaim bound to it, then run recover.yml.",
    )
