# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Question 1: where is data? Claims, volumes in every phase and directories, judged together (F2, F36, U1)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .. import names
from ..states import ClaimPhase, StorageState
from .contents import Contents, Trouble, judge

# What a person does where a claim's volume is gone and nobody knows what it was made of.
VOLUME_BY_HAND = (
    "create the PersistentVolume by hand, from a backup of it: with its old name, and with the claim's name, namespace and "
    "uid in its spec.claimRef"
)


@dataclass(frozen=True)
class Claim:
    """A PersistentVolumeClaim as it was seen.

    :param held: where it is being deleted, what keeps it: pods with whatever makes them, finalizers (R42).
    """

    name: str
    phase: str
    volume: str = ""
    terminating: bool = False
    state: str = ""
    run: str = ""
    release: str = ""
    kept: bool = False
    identity: str = ""
    held: tuple[str, ...] = ()

    @property
    def lost(self) -> bool:
        """Whether the volume that it is bound to does not exist any more (R8)."""
        return self.phase == ClaimPhase.LOST

    @property
    def recorded(self) -> str | None:
        """The identity of the complete appliance's data that it is recorded to hold, see :func:`contents.judge`."""
        return self.identity if self.state == names.READY else None


@dataclass(frozen=True)
class Volume:
    """A PersistentVolume whose claimRef names one of the appliance's claims; Released ones count.

    :param unmet: what it asks of a node, where no node of the cluster has it (R9).
    """

    name: str
    phase: str
    claim: str
    path: str = ""
    unmet: str = ""


@dataclass(frozen=True, kw_only=True)
class Directory(Contents):
    """A directory on the storage path of a node that carries a claim's name, and what is in it."""

    path: str
    claim: str
    node: str = ""


@dataclass(frozen=True)
class StorageObservation:
    """Everything that is known of the appliance's volumes.

    :param directories: what is on the nodes' storage path; None where nobody looked.
    :param contents: what the volume of the database's claim holds; None where nobody looked.
    :param hosts: number of rules with which the PostgreSQL that runs on it lets another host in; None where nobody asked.
    :param nodes: names of the cluster's nodes, where a volume asks something of one.
    :param strays: where none of the appliance's claims and volumes is there, everything else in its namespace that may hold its
        data, in a few words each: claims and volumes of other names (a StatefulSet's own, an ``existingClaim``), and snapshots.
    """

    namespace: str
    database_claim: str
    claims: tuple[Claim, ...] = ()
    volumes: tuple[Volume, ...] = ()
    directories: tuple[Directory, ...] | None = field(default=None)
    contents: Contents | None = None
    hosts: int | None = None
    nodes: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()

    def claim(self, name: str) -> Claim | None:
        """Find a claim by its name."""
        return next((claim for claim in self.claims if claim.name == name), None)

    @property
    def stranded(self) -> list[Volume]:
        """Volumes of claims that are there and that no node can mount."""
        bound = {claim.volume for claim in self.claims}
        return [volume for volume in self.volumes if volume.unmet and volume.name in bound]

    @property
    def orphans(self) -> list[Directory]:
        """Directories that no volume speaks of; one that a volume speaks of is the volume's."""
        known = {volume.path for volume in self.volumes}
        return [directory for directory in self.directories or () if directory.path not in known]

    @property
    def proved_empty(self) -> bool:
        """Whether the database's claim was made for a first run, and its volume was looked into and holds nothing (R1)."""
        claim = self.claim(self.database_claim)
        return claim is not None and claim.state == names.MADE and self.contents is not None and not self.contents.holds_data

    @property
    def first_run(self) -> str:
        """The id of a first run of this collection that has begun and not ended, or an empty string."""
        claim = self.claim(self.database_claim)
        return claim.run if claim and claim.state == names.INITIALIZING else ""

    @property
    def host_rules(self) -> int | None:
        """Number of rules in pg_hba.conf that let another host in, by the server or by its files; None where nobody knows."""
        return self.hosts if self.hosts is not None else self.contents.hosts if self.contents else None

    def evidence(self) -> dict[str, t.Any]:
        """The observation as JSON-ready facts."""
        return {
            "namespace": self.namespace,
            "first_run": self.first_run,
            "claims": [vars(claim).copy() for claim in self.claims],
            "volumes": [vars(volume).copy() for volume in self.volumes],
            "directories": None if self.directories is None else [found.evidence() for found in self.directories],
            "contents": None if self.contents is None else self.contents.evidence(),
            "host_rules": self.host_rules,
            "nodes": list(self.nodes),
            "strays": list(self.strays),
        }


def findings(seen: StorageObservation) -> list[str]:
    """Name everything that may hold data of the appliance, each in a few words a person can look up.

    A claim that never was bound has no volume and so no data, nor has one that was made and proved to be empty; a volume or
    directory without a claim does.
    """
    found = [
        f"PersistentVolumeClaim {seen.namespace}/{claim.name}"
        + (
            " (volume "
            f"{claim.volume}{', being deleted' if claim.terminating else ', which no longer exists' if claim.lost else ''})"
        )
        for claim in seen.claims
        if claim.volume and not (claim.name == seen.database_claim and seen.proved_empty)
    ]
    bound = {claim.volume for claim in seen.claims}
    found += [
        f"PersistentVolume {volume.name} ({volume.phase}, claimed by {seen.namespace}/{volume.claim}"
        + (f", path {volume.path})" if volume.path else ")")
        for volume in seen.volumes
        if volume.name not in bound
    ]
    found += [f"directory {directory.path} on the node" for directory in seen.orphans]
    return [*found, *seen.strays]


def lost(seen: StorageObservation) -> dict[str, list[str]]:
    """Claims that do not exist although volumes of theirs do, each with all of these volumes (F36)."""
    found: dict[str, list[str]] = {}
    for volume in seen.volumes:
        if seen.claim(volume.claim) is None:
            found.setdefault(volume.claim, []).append(volume.name)
    return found


def trouble(seen: StorageObservation) -> Trouble | None:
    """Why PostgreSQL must not, or cannot, be started on what was found; None where nothing speaks against it."""
    if apart := _stranded(seen) or _gone(seen):
        return apart
    claim = seen.claim(seen.database_claim)
    own = f"The volume of PersistentVolumeClaim {seen.namespace}/{seen.database_claim}"
    judged = [judge(seen.contents, own, claim.recorded if claim else None)] if seen.contents is not None else []
    directories = [found for found in seen.directories or () if found.claim == seen.database_claim]
    judged += [judge(found, f"Directory {found.path} on the node") for found in directories]
    return next(filter(None, judged), None)


def _stranded(seen: StorageObservation) -> Trouble | None:
    which = "; ".join(
        f"PersistentVolume {each.name} of claim {each.claim}"
        + (f" (path {each.path})" if each.path else "")
        + f" requires {each.unmet}"
        for each in seen.stranded
    )
    if not which:
        return None
    return Trouble(
        StorageState.NO_NODE,
        f"No node of the cluster can mount these volumes in namespace {seen.namespace}, so every pod that uses them would "
        f"wait indefinitely: {which}. The nodes are: {', '.join(seen.nodes) or 'none'}.",
        "If that node can be restored, bring it back under its name. If it was renamed, or its disk is in another node, run "
        "rebind_volumes.yml, which recreates each PersistentVolume under its name, on the same directory, for the node that "
        "has that directory.",
    )


def _gone(seen: StorageObservation) -> Trouble | None:
    which = ", ".join(f"{claim.name} (volume {claim.volume})" for claim in seen.claims if claim.lost)
    if not which:
        return None
    return Trouble(
        StorageState.LOST,
        f"These PersistentVolumeClaims in namespace {seen.namespace} are Lost, because the PersistentVolumes that they are "
        f"bound to no longer exist: {which}. Found: {'; '.join(findings(seen))}.",
        "Run rebind_volumes.yml, which recreates each PersistentVolume under its name, on the directory that carries the "
        f"claim's name. If the data is not on a node's storage path, {VOLUME_BY_HAND}.",
    )


def classify(seen: StorageObservation) -> StorageState:
    """Answer question 1 from an observation.

    :returns: ``none`` only where nothing that could hold the appliance's data was found.
    """
    if any(claim.terminating for claim in seen.claims):
        return StorageState.LEAVING
    if found := trouble(seen):
        own = seen.first_run and found.state is StorageState.HALF_INITIALISED and seen.contents and not seen.contents.initializing
        return StorageState.INITDB_KILLED if own else found.state
    if not findings(seen):
        return StorageState.NONE
    if lost(seen):
        return StorageState.LOST
    if seen.first_run:
        # Its claims get their volumes one after the other, as their pods start. A server that lets no other host in is one whose
        # image had made the cluster and was killed before it was done with it: nobody knows what else is missing.
        return StorageState.INITDB_KILLED if seen.host_rules == 0 else StorageState.FIRST_RUN
    claim = seen.claim(seen.database_claim)
    return StorageState.PRESENT if claim and claim.volume else StorageState.LOST
