# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Claims that are lost although their data is there: which volume each gets again, where there is no doubt (F36, U1)."""

from __future__ import annotations

import dataclasses
import typing as t
from dataclasses import dataclass
from pathlib import PurePosixPath

from .storage import VOLUME_BY_HAND, StorageObservation, Volume, findings

# What a person does where the data is in one of several places.
BY_HAND = (
    "create the PersistentVolumeClaim by hand, with the name of the correct PersistentVolume in its spec.volumeName, and "
    "remove spec.claimRef.uid from that PersistentVolume"
)


@dataclass(frozen=True)
class Binding:
    """A claim that is made again, on the one volume or directory that has its data.

    :param replaces: whether the volume is there too, for a node that is not, and gives way to one on the same directory.
    :param exists: whether the claim is there, and only its volume is made again.
    :param volume: name of the PersistentVolume.
    :param path: directory that it is made on; empty where it exists.
    :param node: node of the directory.
    """

    claim: str
    volume: str
    path: str = ""
    node: str = ""
    exists: bool = False
    replaces: bool = False

    def said(self, namespace: str) -> str:
        """What is done, in a clause."""
        if self.replaces:
            where = f"for node {self.node}, which has its directory {self.path}"
            return f"PersistentVolume {self.volume} of PersistentVolumeClaim {namespace}/{self.claim} is recreated {where}"
        if self.exists:
            return f"PersistentVolume {self.volume} of PersistentVolumeClaim {namespace}/{self.claim} is created on {self.path}"
        volume = f"PersistentVolume {self.volume}" + (f", which is created on directory {self.path}" if self.path else "")
        return f"PersistentVolumeClaim {namespace}/{self.claim} is created on {volume}"


def plan(seen: StorageObservation, claims: t.Sequence[str]) -> tuple[list[Binding], str]:
    """Say which claims are made again and on what, and where nothing may be done, why.

    :param claims: names of the appliance's claims, the database's among them.
    """
    leaving = [claim for claim in seen.claims if claim.terminating]
    if leaving:
        held = ", ".join(dict.fromkeys(holder for claim in leaving for holder in claim.held))
        by = f", and held by {held}" if held else ""
        return [], f"{', '.join(claim.name for claim in leaving)}: being deleted{by}. Wait until the deletion has finished"
    bindings: list[Binding] = []
    for name in claims:
        found, refusal = _for(seen, name)
        if refusal:
            return [], refusal
        bindings += found
    return bindings, ""


def _for(seen: StorageObservation, name: str) -> tuple[list[Binding], str]:
    """What is made for one claim, or why nothing may be done."""
    claim = seen.claim(name)
    stranded = next((volume for volume in seen.stranded if volume.claim == name), None)
    if stranded is not None:
        moved = _on_other_nodes(seen, stranded)
        nodes = f"on each of {', '.join(each.node for each in moved)}" if moved else "on no node's storage path"
        where = f"{name} has {stranded.name}, whose directory {stranded.path} was found {nodes}"
        return (moved, "") if len(moved) == 1 else ([], f"{where}. To continue, {VOLUME_BY_HAND}")
    if claim is not None and claim.volume and not claim.lost:
        return [], ""
    found = _candidates(seen, name)
    if claim is not None and claim.lost:
        found = _of_volume(found, claim.volume)
        if not found:
            gone = f"{name} is bound to {claim.volume}, which no longer exists, and no directory of it was found"
            return [], f"{gone}. To continue, {VOLUME_BY_HAND}"
    elif claim is not None and found:
        return [], f"{name} exists, has no volume, and would be in the way. Delete it; it holds no data"
    return found, _doubt(seen, name, found)


def _doubt(seen: StorageObservation, name: str, found: t.Sequence[Binding]) -> str:
    if len(found) > 1:
        places = ", ".join(binding.path or binding.volume for binding in found)
        first = "if it is a directory, create a PersistentVolume on it first"
        return f"the data of {name} may be on any of {places}. Inspect each; {first}. Then {BY_HAND}"
    if not found and name == seen.database_claim:
        others = findings(seen)
        rest = f" Found instead: {'; '.join(others)}." if others else ""
        return f"no volume and no directory of {name} was found, so the location of the database is unknown.{rest}"
    return ""


def _candidates(seen: StorageObservation, claim: str) -> list[Binding]:
    """Every place where a claim's data may be."""
    found = [Binding(claim, volume.name) for volume in seen.volumes if volume.claim == claim]
    for directory in seen.orphans:
        if directory.claim == claim:
            # The provisioner names a directory by the volume, the namespace and the claim; by a pattern it may be another name.
            volume, mark, _rest = PurePosixPath(directory.path).name.partition("_")
            volume = volume if mark else f"{seen.namespace}-{claim}"
            found.append(Binding(claim, volume, directory.path, directory.node))
    return found


def _of_volume(found: t.Sequence[Binding], volume: str) -> list[Binding]:
    """The places of a claim that is bound to a volume which is gone: that volume's own where one carries its name."""
    places = [binding for binding in found if binding.path]
    own = [binding for binding in places if binding.volume == volume]
    return [dataclasses.replace(binding, volume=volume, exists=True) for binding in own or places]


def _on_other_nodes(seen: StorageObservation, volume: Volume) -> list[Binding]:
    """The nodes that have a volume's directory, where no node is the one that it asks for; the database's with its data."""
    return [
        Binding(volume.claim, volume.name, directory.path, directory.node, exists=True, replaces=True)
        for directory in seen.directories or ()
        if directory.path == volume.path and (directory.holds_data or volume.claim != seen.database_claim)
    ]
