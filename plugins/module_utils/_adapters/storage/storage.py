# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look for the appliance's data in claims, in volumes of every phase and, where asked, on the nodes' storage path."""

from __future__ import annotations

import dataclasses
import typing as t
import uuid

from ..._core import names
from ..._core.errors import ObservationFailed
from ..._core.states import ClaimPhase, Reason, VolumePhase
from ..._core.storage.affinity import unmet
from ..._core.storage.storage import Claim, StorageObservation, Volume
from ..cluster.kubernetes import Json, KubernetesApi, path
from .claim_users import users
from .storage_paths import directories

# Where a cluster has no snapshots, this answers 404, which is no snapshot.
_SNAPSHOTS = "snapshot.storage.k8s.io"
# The finalizer of every claim, which goes when no pod uses it any more (Kubernetes: Storage Object in Use Protection).
_IN_USE = "kubernetes.io/pvc-protection"


def observe(
    api: KubernetesApi, *, namespace: str, claims: t.Sequence[str], database_claim: str, image: str = ""
) -> StorageObservation:
    """Read claims and volumes and, with an image for the looking pod, the directories behind them.

    :param image: image with ``sh`` for a short pod that mounts the storage path read-only; nobody looks without one.
    :raises ObservationFailed: when anything could not be read.
    """
    found = [_held(api, namespace, item) for item in api.items(path("persistentvolumeclaims", namespace))]
    listed = [item for item in api.items(path("persistentvolumes")) if item["spec"].get("claimRef")]
    near = [item for item in listed if item["spec"]["claimRef"].get("namespace") == namespace]
    nodes = api.items(path("nodes")) if any(item["spec"].get("nodeAffinity") for item in near) else []
    volumes = [_volume(item, nodes) for item in near]
    own = tuple(claim for claim in found if claim.name in claims)
    its = tuple(volume for volume in volumes if volume.claim in claims)
    others = {_path(item) for item in listed} - {volume.path for volume in its}
    return StorageObservation(
        namespace=namespace,
        database_claim=database_claim,
        claims=own,
        volumes=its,
        directories=directories(api, namespace, claims, image, others - {""}) if image else None,
        nodes=tuple(node["metadata"]["name"] for node in nodes),
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
        source = (snapshot["spec"].get("source") or {}).get("persistentVolumeClaimName", "an unknown source")
        yield f"VolumeSnapshot {namespace}/{snapshot['metadata']['name']} (of {source})"


def recorded_identity(api: KubernetesApi, namespace: str, claim: str) -> str | None:
    """The system identifier of the complete appliance that a claim is recorded to hold, see :attr:`Claim.recorded`."""
    found = api.get(path("persistentvolumeclaims", namespace, claim))
    return None if found is None else _claim(found).recorded


def mark_made(api: KubernetesApi, namespace: str, claim: str) -> None:
    """Mark an existing claim of the database that never was bound as one on which no PostgreSQL ever was."""
    annotations = {names.STATE_ANNOTATION: names.MADE, names.RUN_ANNOTATION: None}
    api.merge(path("persistentvolumeclaims", namespace, claim), {"metadata": {"annotations": annotations}})


def begin_first_run(api: KubernetesApi, namespace: str, claim: str) -> None:
    """Mark the claim that was made for a first run and proved to be empty as that run's, unless somebody else was faster.

    :raises Conflict: when the claim changed meanwhile.
    """
    url = path("persistentvolumeclaims", namespace, claim)
    found = api.get(url)
    if found is not None and _claim(found).state == names.MADE:
        kept = {"resourceVersion": found["metadata"]["resourceVersion"]}
        api.merge(url, {"metadata": {**kept, "annotations": _first_run(str(uuid.uuid4()))}})


def _first_run(run: str) -> dict[str, str]:
    return {names.STATE_ANNOTATION: names.INITIALIZING, names.RUN_ANNOTATION: run}


def mark_first_run(api: KubernetesApi, namespace: str, claim: str) -> str:
    """The first half of the two-phase mark: a first run has begun on the database's claim.

    :returns: the run's id.
    """
    run = str(uuid.uuid4())
    api.merge(path("persistentvolumeclaims", namespace, claim), {"metadata": {"annotations": _first_run(run)}})
    return run


def _claim(item: Json) -> Claim:
    annotations = item["metadata"].get("annotations") or {}
    return Claim(
        name=item["metadata"]["name"],
        phase=_phase(item, "PersistentVolumeClaim", ClaimPhase),
        volume=item["spec"].get("volumeName", ""),
        terminating="deletionTimestamp" in item["metadata"],
        state=annotations.get(names.STATE_ANNOTATION, ""),
        run=annotations.get(names.RUN_ANNOTATION, ""),
        release=annotations.get(names.HELM_RELEASE_ANNOTATION, ""),
        kept=annotations.get(names.KEEP_ANNOTATION) == names.KEEP,
        identity=annotations.get(names.IDENTITY_ANNOTATION, ""),
    )


def _held(api: KubernetesApi, namespace: str, item: Json) -> Claim:
    """A claim; of one that is being deleted also what keeps it, which the chart may have kept on purpose (R42)."""
    claim = _claim(item)
    if not claim.terminating:
        return claim
    pods = [_of_its_maker(pod) for pod in users(api, namespace, claim.name)]
    finalizers = [f"finalizer {each}" for each in item["metadata"].get("finalizers") or [] if each != _IN_USE]
    return dataclasses.replace(claim, held=(*pods, *finalizers))


def _of_its_maker(pod: Json) -> str:
    makers = [each for each in pod["metadata"].get("ownerReferences") or [] if each.get("controller")]
    return f"pod {pod['metadata']['name']}" + "".join(f" of {each['kind']} {each['name']}" for each in makers)


def _phase(item: Json, kind: str, known: type[ClaimPhase] | type[VolumePhase]) -> str:
    """The phase of a claim or of a volume.

    :raises ObservationFailed: at one that nobody has seen yet: what it means for the data is not known.
    """
    metadata, phase = item["metadata"], item["status"].get("phase", "")
    if phase not in set(known):
        where = f"{metadata['namespace']}/{metadata['name']}" if "namespace" in metadata else metadata["name"]
        raise ObservationFailed(
            f"{kind} {where} is in phase {phase or 'none'}, which this collection does not know; it knows {', '.join(known)}. "
            "The state of its data is unknown.",
            reason=Reason.API_ERROR,
            next_action=f"Inspect it (kubectl describe). If this is a new phase of Kubernetes that {names.FIELD_MANAGER} "
            f"{names.COLLECTION_VERSION} does not know, upgrade the collection.",
        )
    return str(phase)


def _path(item: Json) -> str:
    source = item["spec"].get("hostPath") or item["spec"].get("local") or {}
    return str(source.get("path", ""))


def _volume(item: Json, nodes: t.Sequence[Json]) -> Volume:
    spec = item["spec"]
    return Volume(
        name=item["metadata"]["name"],
        phase=_phase(item, "PersistentVolume", VolumePhase),
        claim=spec["claimRef"]["name"],
        path=_path(item),
        unmet=unmet(spec.get("nodeAffinity"), nodes),
    )
