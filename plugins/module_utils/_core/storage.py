# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Question 1: where is data? Claims, volumes in every phase and directories, judged together (F2, F36, U1)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from . import names
from .contents import Contents, Trouble, judge
from .states import StorageState


@dataclass(frozen=True)
class Claim:
    """A PersistentVolumeClaim as it was seen."""

    name: str
    phase: str
    volume: str = ""
    terminating: bool = False
    state: str = ""
    run: str = ""
    release: str = ""
    kept: bool = False
    identity: str = ""

    @property
    def recorded(self) -> str | None:
        """The identity of the complete appliance's data that it is recorded to hold, see :func:`contents.judge`."""
        return self.identity if self.state == names.READY else None


@dataclass(frozen=True)
class Volume:
    """A PersistentVolume whose claimRef names one of the appliance's claims; Released ones count."""

    name: str
    phase: str
    claim: str
    path: str = ""


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
    strays: tuple[str, ...] = ()

    def claim(self, name: str) -> Claim | None:
        """Find a claim by its name."""
        return next((claim for claim in self.claims if claim.name == name), None)

    @property
    def orphans(self) -> list[Directory]:
        """Directories that no volume speaks of; one that a volume speaks of is the volume's."""
        known = {volume.path for volume in self.volumes}
        return [directory for directory in self.directories or () if directory.path not in known]

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
            "strays": list(self.strays),
        }


def findings(seen: StorageObservation) -> list[str]:
    """Name everything that may hold data of the appliance, each in a few words a person can look up.

    A claim that never was bound has no volume and so no data; a volume or directory without a claim does.
    """
    found = [
        f"PersistentVolumeClaim {seen.namespace}/{claim.name}"
        + (f" (volume {claim.volume}, being deleted)" if claim.terminating else f" (volume {claim.volume})")
        for claim in seen.claims
        if claim.volume
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
    """Why PostgreSQL must not be started on what was found; None where nothing speaks against it."""
    claim = seen.claim(seen.database_claim)
    own = f"The volume of PersistentVolumeClaim {seen.namespace}/{seen.database_claim}"
    judged = [judge(seen.contents, own, claim.recorded if claim else None)] if seen.contents is not None else []
    directories = [found for found in seen.directories or () if found.claim == seen.database_claim]
    judged += [judge(found, f"Directory {found.path} on the node") for found in directories]
    return next(filter(None, judged), None)


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
