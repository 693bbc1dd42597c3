# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The StorageClass is needed for claims that have no volume yet, and for nothing else (R23)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._use_cases import preflight

VALUES = {
    "alga_storage_class": "renamed",
    "alga_namespace": "msp",
    "alga_fullname": names.FULLNAME,
    names.KUBECONFIG_OPTION: "kubeconfig",
    "alga_context": None,
}
CLAIMS = list(names.claims(names.FULLNAME).values())


class Cluster:
    """Claims with and without volumes, and StorageClasses."""

    def __init__(self, claims: dict[str, str], classes: list[str]) -> None:
        self.objects: dict[str, t.Any] = {
            path("persistentvolumeclaims", "msp", name): {"spec": {"volumeName": volume}} for name, volume in claims.items()
        }
        self.classes = [{"metadata": {"name": name}} for name in classes]

    def get(self, url: str) -> t.Any:
        found = {
            path("storageclasses", name=each["metadata"]["name"], group="/apis/storage.k8s.io/v1"): each for each in self.classes
        }
        return {**self.objects, **found}.get(url)

    def items(self, url: str) -> t.Any:
        assert url == "/apis/storage.k8s.io/v1/storageclasses"
        return self.classes


@pytest.mark.parametrize(
    ("claims", "classes", "said"),
    [
        ({}, ["renamed"], []),
        (dict.fromkeys(CLAIMS, "pv"), ["fast"], []),
        ({}, ["slow", "fast"], [f"msp/{CLAIMS[0]}", "This cluster has fast, slow."]),
        ({}, [], ["This cluster has no StorageClass at all."]),
        ({**dict.fromkeys(CLAIMS, "pv"), CLAIMS[1]: ""}, ["fast"], [f"PersistentVolumeClaim msp/{CLAIMS[1]} needs a volume"]),
    ],
)
def test_a_storage_class_is_asked_for_where_a_claim_needs_it_r23(
    monkeypatch: pytest.MonkeyPatch, claims: dict[str, str], classes: list[str], said: list[str]
) -> None:
    monkeypatch.setattr(preflight, "KubernetesApi", lambda *_how: Cluster(claims, classes))
    errors = list(preflight._cluster(VALUES))
    assert len(errors) == bool(said)
    assert [part for part in said if part not in "".join(errors)] == []
