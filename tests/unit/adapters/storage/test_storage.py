# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where data may be under other names than the collection's own (U1)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.storage import storage
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import StorageState
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import (
    StorageObservation,
    classify,
    findings,
    trouble,
)
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedApi

CLAIM, OTHER = "alga-core-sebastian-postgres-data", "db-data-db-0"
CLAIMS, VOLUMES = path("persistentvolumeclaims", "msp"), path("persistentvolumes")
NODES = path("nodes")
SNAPSHOT_GROUP = "/apis/snapshot.storage.k8s.io/v1beta1"
SNAPSHOTS = path("volumesnapshots", "msp", group=SNAPSHOT_GROUP)


def claim(name: str, volume: str = "") -> dict[str, t.Any]:
    return {"metadata": {"name": name}, "spec": {"volumeName": volume}, "status": {"phase": "Bound" if volume else "Pending"}}


def volume(name: str, of: str, namespace: str = "msp") -> dict[str, t.Any]:
    return {
        "metadata": {"name": name},
        "spec": {"claimRef": {"namespace": namespace, "name": of}},
        "status": {"phase": "Released"},
    }


SNAPSHOT = {"metadata": {"name": "nightly"}, "spec": {"source": {"persistentVolumeClaimName": CLAIM}}}


def observed(**lists: list[dict[str, t.Any]]) -> StorageObservation:
    # Without the definition a server has not even an empty list.
    version = {"groupVersion": SNAPSHOT_GROUP.removeprefix("/apis/")}
    groups = [{"name": "snapshot.storage.k8s.io", "preferredVersion": version}] if lists.get("snapshots") else []
    found: dict[str, t.Any] = {
        "/apis": {"kind": "APIGroupList", "groups": groups},
        NODES: [{"metadata": {"name": "n1"}}],
        CLAIMS: lists.get("claims", []),
        VOLUMES: lists.get("volumes", []),
        SNAPSHOTS: lists.get("snapshots", []),
    }
    return storage.observe(ScriptedApi(there=found), namespace="msp", claims=[CLAIM], database_claim=CLAIM)


@pytest.mark.parametrize(
    ("lists", "named"),
    [
        (
            {"claims": [claim(OTHER, "pv-1")], "volumes": [volume("pv-1", OTHER)]},
            f"PersistentVolumeClaim msp/{OTHER} (volume pv-1)",
        ),
        ({"claims": [claim(OTHER)]}, f"PersistentVolumeClaim msp/{OTHER} (no volume)"),
        ({"volumes": [volume("pv-1", OTHER)]}, f"PersistentVolume pv-1 (Released, claimed by msp/{OTHER})"),
        ({"snapshots": [SNAPSHOT]}, f"VolumeSnapshot msp/nightly (of {CLAIM})"),
    ],
)
def test_data_under_another_name_is_not_nothing_u1(lists: dict[str, list[dict[str, t.Any]]], named: str) -> None:
    seen = observed(**lists)
    assert findings(seen) == [named]
    assert classify(seen) is StorageState.LOST


def test_what_belongs_to_another_namespace_is_nothing() -> None:
    assert classify(observed(volumes=[volume("pv-1", OTHER, "other")])) is StorageState.NONE


def test_other_claims_beside_the_appliance_s_own_are_not_its_data() -> None:
    seen = observed(claims=[claim(CLAIM, "pv-0"), claim("temporal-data", "pv-1")], volumes=[volume("pv-0", CLAIM)])
    assert seen.strays == ()
    assert classify(seen) is StorageState.PRESENT


@pytest.mark.parametrize("phase", ["", "Resizing"])
def test_a_phase_that_nobody_has_seen_is_named_and_nothing_is_concluded_r8(phase: str) -> None:
    strange = {**claim(CLAIM, "pv-0"), "status": {"phase": phase}}
    with pytest.raises(
        ObservationFailed, match=f"phase {phase or 'none'}, which this collection does not know; it knows Pending, Bound, Lost"
    ):
        observed(claims=[strange])
    held = {**volume("pv-0", CLAIM), "status": {"phase": phase}}
    with pytest.raises(ObservationFailed, match="PersistentVolume pv-0 is in phase"):
        observed(claims=[claim(CLAIM, "pv-0")], volumes=[held])
    assert classify(observed(volumes=[{**held, **volume("pv-0", OTHER, "other")}])) is StorageState.NONE


def test_a_claim_that_is_lost_and_a_volume_that_no_node_can_mount_are_named_r8_r9() -> None:
    gone = observed(claims=[{**claim(CLAIM, "pv-0"), "status": {"phase": "Lost"}}])
    assert classify(gone) is StorageState.LOST
    assert findings(gone) == [f"PersistentVolumeClaim msp/{CLAIM} (volume pv-0, which no longer exists)"]
    held = volume("pv-0", CLAIM)
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["old"]}]}
    held["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
    stranded = observed(claims=[claim(CLAIM, "pv-0")], volumes=[held])
    assert classify(stranded) is StorageState.NO_NODE
    assert (stranded.nodes, stranded.stranded[0].unmet) == (("n1",), "kubernetes.io/hostname In old")
    for seen, said in ((gone, "pv-0"), (stranded, "kubernetes.io/hostname In old. The nodes are: n1.")):
        found = trouble(seen)
        assert found is not None and said in found.message and "rebind_volumes.yml" in found.next_action


def test_of_a_claim_that_is_being_deleted_it_is_known_what_holds_it_r42() -> None:
    leaving = claim(CLAIM, "pv-1")
    leaving["metadata"] |= {"deletionTimestamp": "today", "finalizers": ["kubernetes.io/pvc-protection", "example.org/backup"]}
    owner = {"kind": "StatefulSet", "name": "redis", "controller": True}
    uses = {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": CLAIM}}]}
    pods: list[dict[str, t.Any]] = [
        {"metadata": {"name": "redis-0", "ownerReferences": [owner]}, "spec": uses, "status": {"phase": "Running"}},
        {"metadata": {"name": "by-hand"}, "spec": uses, "status": {"phase": "Pending"}},
        {"metadata": {"name": "over"}, "spec": uses, "status": {"phase": "Succeeded"}},
        {"metadata": {"name": "other"}, "spec": {}, "status": {"phase": "Running"}},
    ]
    there: dict[str, t.Any] = {"/apis": {"kind": "APIGroupList", "groups": []}, NODES: [], CLAIMS: [leaving]}
    there |= {VOLUMES: [volume("pv-1", CLAIM)], path("pods", "msp"): pods}
    seen = storage.observe(ScriptedApi(there=there), namespace="msp", claims=[CLAIM], database_claim=CLAIM)
    assert seen.claims[0].held == ("pod redis-0 of StatefulSet redis", "pod by-hand", "finalizer example.org/backup")
