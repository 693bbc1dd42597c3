# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing is generated where any data may exist, under whatever name it lies (U1, F2)."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.scenarios.appliance import NAMESPACE, Appliance

OTHER = "db-data-db-0"
SPEC = {"accessModes": ["ReadWriteOnce"], "storageClassName": "local-path", "resources": {"requests": {"storage": "1Gi"}}}
SNAPSHOT_KIND = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {
        "name": "volumesnapshots.snapshot.storage.k8s.io",
        "annotations": {"api-approved.kubernetes.io": "https://github.com/kubernetes-csi/external-snapshotter/pull/814"},
    },
    "spec": {
        "group": "snapshot.storage.k8s.io",
        "scope": "Namespaced",
        "names": {"plural": "volumesnapshots", "singular": "volumesnapshot", "kind": "VolumeSnapshot"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


def create(appliance: Appliance, *objects: dict[str, t.Any]) -> None:
    for item in objects:
        appliance.kubectl("apply", "-f", "-", stdin=json.dumps(item))


def claim(_appliance: Appliance) -> list[dict[str, t.Any]]:
    """The claim that a StatefulSet's own template would have made."""
    return [{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": OTHER}, "spec": SPEC}]


def volume(appliance: Appliance) -> list[dict[str, t.Any]]:
    """A volume that was kept when its claim went."""
    spec = {
        **{key: SPEC[key] for key in ("accessModes", "storageClassName")},
        "capacity": {"storage": "1Gi"},
        "persistentVolumeReclaimPolicy": "Retain",
        "hostPath": {"path": str(appliance.folder)},
        "claimRef": {"namespace": NAMESPACE, "name": OTHER},
    }
    return [{"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "kept"}, "spec": spec}]


def directory(_appliance: Appliance) -> list[dict[str, t.Any]]:
    """A data directory of which the cluster knows nothing any more."""
    place = Path(os.environ["ALGA_NODE_STORAGE"]) / f"pvc-0_{NAMESPACE}_{OTHER}" / "data"
    place.mkdir(parents=True)
    (place / "PG_VERSION").write_text("17\n")
    return []


def snapshot(appliance: Appliance) -> list[dict[str, t.Any]]:
    """A backup that names this appliance."""
    create(appliance, SNAPSHOT_KIND)
    appliance.kubectl("wait", "--for=condition=Established", "customresourcedefinition/volumesnapshots.snapshot.storage.k8s.io")
    kind = {"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot"}
    source = {"persistentVolumeClaimName": "alga-core-sebastian-postgres-data"}
    return [{**kind, "metadata": {"name": "nightly"}, "spec": {"source": source}}]


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (claim, f"PersistentVolumeClaim {NAMESPACE}/{OTHER}"),
        (volume, "PersistentVolume kept"),
        (directory, f"pvc-0_{NAMESPACE}_{OTHER}"),
        (snapshot, f"VolumeSnapshot {NAMESPACE}/nightly"),
    ],
)
def test_fresh_generates_nothing_beside_it_u1(
    place: Appliance, made: t.Callable[[Appliance], list[dict[str, t.Any]]], named: str
) -> None:
    place.kubectl("create", "namespace", NAMESPACE)
    create(place, *made(place))
    try:
        for options in (("--check",), ()):
            refused = place.playbook("fresh", *options)
            assert refused.failed == 1 and named in refused.message, refused.output
            assert "db-credentials" not in place.kubectl("get", "secrets", "-o", "name")
    finally:
        crd = "customresourcedefinition/volumesnapshots.snapshot.storage.k8s.io"
        place.kubectl("delete", crd, "--ignore-not-found")


def test_a_claim_of_another_name_in_the_values_is_not_passed_over_u1(place: Appliance) -> None:
    refused = place.playbook("fresh", "--check", alga_values={"db": {"persistence": {"existingClaim": OTHER}}})
    assert refused.failed == 1 and "existingClaim" in refused.message and OTHER in refused.message, refused.output
