# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look for the appliance's data in claims, in volumes of every phase and, where asked, on the nodes' storage path."""

from __future__ import annotations

import json
import typing as t
import uuid

from .._core import names
from .._core.errors import ObservationFailed
from .._core.states import Reason
from .._core.storage import Claim, Directory, StorageObservation, Volume
from .clock import wait_until
from .kubernetes import Json, KubernetesApi, path

PROVISIONER_NAMESPACE = "local-path-storage"
PROVISIONER_CONFIG = "local-path-config"
LOOK_SECONDS = 120.0
_LOOK = """
for directory in /host/*_"$NAMESPACE"_*; do
    [ -d "$directory" ] || continue
    version='' control=''
    for data in "$directory/data" "$directory"; do
        if [ -f "$data/PG_VERSION" ]; then
            version=$(cat "$data/PG_VERSION")
            if [ -f "$data/global/pg_control" ]; then control=yes; fi
            break
        fi
    done
    printf '%s\\t%s\\t%s\\n' "${directory#/host/}" "$version" "$control"
done
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
    return StorageObservation(
        namespace=namespace,
        database_claim=database_claim,
        claims=tuple(claim for claim in found if claim.name in claims),
        volumes=tuple(volume for volume in volumes if volume.claim in claims),
        directories=_directories(api, namespace, claims, image) if image else None,
    )


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
    config = api.get(path("configmaps", PROVISIONER_NAMESPACE, PROVISIONER_CONFIG))
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
            f"The storage path was looked up in ConfigMap {PROVISIONER_NAMESPACE}/{PROVISIONER_CONFIG}, whose config.json "
            "has no readable nodePathMap. Correct it.",
            reason=Reason.API_ERROR,
        ) from error
    return list(entries.get(node, entries.get("DEFAULT_PATH_FOR_NON_LISTED_NODES", [])))


def _look(api: KubernetesApi, node: str, place: str, *, namespace: str, claims: t.Sequence[str], image: str) -> list[Directory]:
    pods = path("pods", PROVISIONER_NAMESPACE)
    created = api.create(pods, _pod(node, place, namespace, image))
    pod = path("pods", PROVISIONER_NAMESPACE, created["metadata"]["name"])
    try:
        ended = wait_until(
            lambda: (api.get(pod) or {}).get("status", {}),
            lambda status: status.get("phase") in ("Succeeded", "Failed"),
            what=f"the pod that looks at {place} on node {node}",
            patience=LOOK_SECONDS,
            describe=lambda status: f"phase {status.get('phase')}",
            next_action=f"Check that alga_helper_image {image} can be pulled and that namespace {PROVISIONER_NAMESPACE} "
            "allows hostPath volumes.",
        )
        text = api.request("GET", f"{pod}/log") or ""
    finally:
        api.delete(pod, propagation="Background")
    if ended["phase"] == "Failed":
        raise ObservationFailed(
            f"The pod that looks at {place} on node {node} failed: {text.strip()[-200:]}. Nothing is known about that path.",
            reason=Reason.API_ERROR,
        )
    return list(_parse(text, place, namespace, claims))


def _parse(text: str, place: str, namespace: str, claims: t.Sequence[str]) -> t.Iterator[Directory]:
    """Read the looking pod's lines: directory, PG_VERSION, pg_control, divided by tabs."""
    for line in text.splitlines():
        directory, version, control = line.split("\t")
        claim = directory.partition(f"_{namespace}_")[2]
        if claim in claims:
            yield Directory(path=f"{place}/{directory}", claim=claim, version=version, control=control == "yes")


def _pod(node: str, place: str, namespace: str, image: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": "alga-appliance-look-",
            "namespace": PROVISIONER_NAMESPACE,
            "labels": {names.MANAGED_BY_LABEL: names.FIELD_MANAGER},
        },
        "spec": {
            "nodeName": node,
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "tolerations": [{"operator": "Exists"}],
            "containers": [
                {
                    "name": "look",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["sh", "-euc", _LOOK],
                    "env": [{"name": "NAMESPACE", "value": namespace}],
                    "volumeMounts": [{"name": "storage", "mountPath": "/host", "readOnly": True}],
                }
            ],
            "volumes": [{"name": "storage", "hostPath": {"path": place}}],
        },
    }
