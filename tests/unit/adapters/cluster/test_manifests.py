# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's own pods are like the application's, but for what would lend them its powers (R13)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import manifests
from ansible_collections.alga.appliance.plugins.module_utils._core import names

NODES: dict[str, t.Any] = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}
POD: dict[str, t.Any] = {
    "imagePullSecrets": [{"name": "registry"}],
    "serviceAccountName": "app",
    "priorityClassName": "high",
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"operator": "Exists"}],
    "securityContext": {"runAsUser": 1000},
    "affinity": {"nodeAffinity": NODES, "podAntiAffinity": {"x": []}},
    "hostNetwork": True,
    "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "files"}}],
    "containers": [{"name": "c", "securityContext": {"runAsNonRoot": True, "readOnlyRootFilesystem": True}}],
}


def job(pod: dict[str, t.Any]) -> dict[str, t.Any]:
    return manifests.job(
        "msp", "job", {"name": "own", "image": "i"}, ["x"], script="s", labels={"run": "r1"}, pod=pod, resources={}
    )


def test_place_image_and_user_are_taken_over_and_nothing_else_r13() -> None:
    taken = manifests.like(POD)
    assert taken["affinity"] == {"nodeAffinity": NODES}
    assert set(taken) == {*manifests._ADMITTED, *manifests._PLACED, "affinity"}
    assert set(manifests.admitted(POD)) == set(manifests._ADMITTED)
    assert manifests.like({}) == {} and manifests.secured({}) == {}


def test_a_job_has_one_attempt_and_no_token_f19() -> None:
    made = job(POD)
    spec = made["spec"]["template"]["spec"]
    assert (
        made["spec"]["backoffLimit"] == 0 and spec["restartPolicy"] == "Never" and spec["automountServiceAccountToken"] is False
    )
    assert [each["name"] for each in spec["volumes"]] == ["script"]
    (container,) = spec["containers"]
    assert container["securityContext"] == {"runAsNonRoot": True}
    assert made["spec"]["template"]["metadata"]["labels"] == made["metadata"]["labels"] | {"run": "r1"}


@pytest.mark.parametrize("annotations", [None, {}, {"a": "b"}])
def test_every_object_says_whose_it_is(annotations: dict[str, str] | None) -> None:
    made = manifests.config_map("msp", "x", {"k": "v"}, annotations)
    assert made["metadata"]["labels"] == {names.MANAGED_BY_LABEL: names.FIELD_MANAGER}
    assert made["metadata"].get("annotations", {}) == (annotations or {})
