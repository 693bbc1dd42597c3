# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look for the appliance's data in claims, in volumes of every phase and, where asked, on the nodes' storage path."""

from __future__ import annotations

import dataclasses
import itertools
import json
import typing as t
import uuid

from .._core import local_path, names
from .._core.errors import ObservationFailed
from .._core.states import Reason
from .._core.storage import Claim, Directory, StorageObservation, Volume
from . import look
from .kubernetes import Json, KubernetesApi, path
from .volume_contents import INSIDE, facts

# Where a cluster has no snapshots, this answers 404, which is no snapshot.
_SNAPSHOTS = "snapshot.storage.k8s.io"
_LOOK = f"""
{INSIDE}
for directory in /volume/*_"$NAMESPACE"_*; do
    if [ -d "$directory" ]; then
        printf 'directory\\t%s\\n' "${{directory#/volume/}}"
        inside "$directory"
    fi
done
echo {look.END}
"""


def observe(
    api: KubernetesApi, *, namespace: str, claims: t.Sequence[str], database_claim: str, image: str = ""
) -> StorageObservation:
    """Read claims and volumes and, with an image for the looking pod, the directories behind them.

    :param image: image with ``sh`` for a short pod that mounts the storage path read-only; nobody looks without one.
    :raises ObservationFailed: when anything could not be read.
    """
    found = [_claim(item) for item in api.items(path("persistentvolumeclaims", namespace))]
    volumes = [
        _volume(item)
        for item in api.items(path("persistentvolumes"))
        if (item["spec"].get("claimRef") or {}).get("namespace") == namespace
    ]
    own = tuple(claim for claim in found if claim.name in claims)
    its = tuple(volume for volume in volumes if volume.claim in claims)
    return StorageObservation(
        namespace=namespace,
        database_claim=database_claim,
        claims=own,
        volumes=its,
        directories=_directories(api, namespace, claims, image) if image else None,
        strays=() if own or its else tuple(_strays(api, namespace, found, volumes)),
    )


def _strays(api: KubernetesApi, namespace: str, claims: t.Sequence[Claim], volumes: t.Sequence[Volume]) -> t.Iterator[str]:
    """What a namespace holds beside the appliance's own names: a chart's template or ``existingClaim`` has others (U1)."""
    bound = {claim.volume for claim in claims}
    for claim in claims:
        yield f"PersistentVolumeClaim {namespace}/{claim.name}" + (
            f" (volume {claim.volume})" if claim.volume else " (no volume)"
        )
    for volume in volumes:
        if volume.name not in bound:
            yield f"PersistentVolume {volume.name} ({volume.phase}, claimed by {namespace}/{volume.claim})"
    group = api.group(_SNAPSHOTS)
    for snapshot in api.items(path("volumesnapshots", namespace, group=group)) if group else ():
        source = (snapshot["spec"].get("source") or {}).get("persistentVolumeClaimName", "nothing known")
        yield f"VolumeSnapshot {namespace}/{snapshot['metadata']['name']} (of {source})"


def recorded_identity(api: KubernetesApi, namespace: str, claim: str) -> str | None:
    """The system identifier of the complete appliance that a claim is recorded to hold, see :attr:`Claim.recorded`."""
    found = api.get(path("persistentvolumeclaims", namespace, claim))
    return None if found is None else _claim(found).recorded


def first_run_annotations() -> dict[str, str]:
    """The first half of the two-phase mark: a first run has begun, and this is its id."""
    return {names.STATE_ANNOTATION: names.INITIALIZING, names.RUN_ANNOTATION: str(uuid.uuid4())}


def mark_first_run(api: KubernetesApi, namespace: str, claim: str) -> str:
    """Mark an existing claim of the database as a first run's.

    :returns: the run's id.
    """
    annotations = first_run_annotations()
    api.merge(path("persistentvolumeclaims", namespace, claim), {"metadata": {"annotations": annotations}})
    return annotations[names.RUN_ANNOTATION]


def _claim(item: Json) -> Claim:
    annotations = item["metadata"].get("annotations") or {}
    return Claim(
        name=item["metadata"]["name"],
        phase=item["status"].get("phase", ""),
        volume=item["spec"].get("volumeName", ""),
        terminating="deletionTimestamp" in item["metadata"],
        state=annotations.get(names.STATE_ANNOTATION, ""),
        run=annotations.get(names.RUN_ANNOTATION, ""),
        release=annotations.get(names.HELM_RELEASE_ANNOTATION, ""),
        kept=annotations.get(names.KEEP_ANNOTATION) == names.KEEP,
        identity=annotations.get(names.IDENTITY_ANNOTATION, ""),
    )


def _volume(item: Json) -> Volume:
    spec = item["spec"]
    source = spec.get("hostPath") or spec.get("local") or {}
    return Volume(
        name=item["metadata"]["name"],
        phase=item["status"].get("phase", ""),
        claim=spec["claimRef"]["name"],
        path=source.get("path", ""),
    )


def _directories(api: KubernetesApi, namespace: str, claims: t.Sequence[str], image: str) -> tuple[Directory, ...]:
    config = api.get(path("configmaps", local_path.NAMESPACE, local_path.CONFIG))
    if config is None:
        return ()
    found: list[Directory] = []
    for node in api.items(path("nodes")):
        name = node["metadata"]["name"]
        for place in _places(config, name):
            found += _look(api, name, place, namespace=namespace, claims=claims, image=image)
    return tuple(found)


def _places(config: Json, node: str) -> list[str]:
    """The storage paths of a node in the provisioner's configuration, its DEFAULT entry where it has none of its own."""
    try:
        entries = {entry["node"]: entry["paths"] for entry in json.loads(config["data"]["config.json"])["nodePathMap"]}
    except (ValueError, KeyError, TypeError) as error:
        raise ObservationFailed(
            f"The storage path was looked up in ConfigMap {local_path.NAMESPACE}/{local_path.CONFIG}, whose config.json "
            "has no readable nodePathMap.",
            reason=Reason.LOOK_FAILED,
            next_action="Correct that ConfigMap, then run the same playbook again.",
        ) from error
    return list(entries.get(node, entries.get("DEFAULT_PATH_FOR_NON_LISTED_NODES", [])))


def _look(api: KubernetesApi, node: str, place: str, *, namespace: str, claims: t.Sequence[str], image: str) -> list[Directory]:
    what = f"{place} on node {node}"
    seen = look.run(
        api,
        look.Look(
            what=what,
            namespace=local_path.NAMESPACE,
            image=image,
            script=_LOOK,
            environment={"NAMESPACE": namespace},
            node=node,
            volume={"hostPath": {"path": place}},
            fix=f"Check that alga_helper_image {image} can be pulled and that namespace {local_path.NAMESPACE} allows hostPath "
            "volumes.",
        ),
    )
    found = _parse(seen.lines, place, what, namespace, claims)
    return [dataclasses.replace(directory, node=node) for directory in found]


def _parse(lines: list[str], place: str, what: str, namespace: str, claims: t.Sequence[str]) -> t.Iterator[Directory]:
    """Read the looking pod's lines: a directory's name, then what is in it."""
    starts = [number for number, line in enumerate(lines) if line.startswith("directory\t")]
    for start, end in itertools.pairwise([*starts, len(lines)]):
        directory = lines[start].partition("\t")[2]
        claim = directory.partition(f"_{namespace}_")[2]
        inside = facts(lines[start + 1 : end], what)
        # A data directory under another name may be this appliance's too: a chart's template or existingClaim has others.
        if claim in claims or inside.get("begun"):
            yield Directory(path=f"{place}/{directory}", claim=claim, **inside)
