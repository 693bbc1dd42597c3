# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Claims that are lost although their data is there: which volume each gets again, where there is no doubt (F36, U1)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import PurePosixPath

from .storage import StorageObservation, findings

# What a person does where the data is in one of several places.
BY_HAND = (
    "make the PersistentVolumeClaim by hand, with the name of the right PersistentVolume in its spec.volumeName, and take "
    "spec.claimRef.uid from that PersistentVolume"
)


@dataclass(frozen=True)
class Binding:
    """A claim that is made again, on the one volume or directory that has its data.

    :param volume: name of the PersistentVolume.
    :param path: directory that it is made on; empty where it exists.
    :param node: node of the directory.
    """

    claim: str
    volume: str
    path: str = ""
    node: str = ""

    def said(self, namespace: str) -> str:
        """What is done, in a clause."""
        volume = f"PersistentVolume {self.volume}" + (f", which is made on directory {self.path}" if self.path else "")
        return f"PersistentVolumeClaim {namespace}/{self.claim} is made on {volume}"


def plan(seen: StorageObservation, claims: t.Sequence[str]) -> tuple[list[Binding], str]:
    """Say which claims are made again and on what, and where nothing may be done, why.

    :param claims: names of the appliance's claims, the database's among them.
    """
    leaving = [claim.name for claim in seen.claims if claim.terminating]
    if leaving:
        return [], f"{', '.join(leaving)}: being deleted. Wait until it is gone"
    bindings = []
    for name in claims:
        claim = seen.claim(name)
        if claim is not None and claim.volume:
            continue
        found = _candidates(seen, name)
        if claim is not None and found:
            return [], f"{name} exists, has no volume, and would be in the way. Delete it, it holds nothing"
        if len(found) > 1:
            places = ", ".join(binding.path or binding.volume for binding in found)
            first = "where it is a directory, make a PersistentVolume on it first"
            return [], f"{name} may have been on each of {places}. Look into each; {first}. Then {BY_HAND}"
        if not found and name == seen.database_claim:
            others = findings(seen)
            rest = f" What is there: {'; '.join(others)}." if others else ""
            return [], f"no volume and no directory of {name} was found, so nobody knows where the database is.{rest}"
        bindings += found
    return bindings, ""


def _candidates(seen: StorageObservation, claim: str) -> list[Binding]:
    """Every place where a claim's data may be."""
    found = [Binding(claim, volume.name) for volume in seen.volumes if volume.claim == claim]
    for directory in seen.orphans:
        if directory.claim == claim:
            # The provisioner names a directory by the volume, the namespace and the claim.
            volume = PurePosixPath(directory.path).name.partition("_")[0]
            found.append(Binding(claim, volume, directory.path, directory.node))
    return found
