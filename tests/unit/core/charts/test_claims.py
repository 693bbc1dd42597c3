# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Claims that helm deletes are errors where a pod mounts them, and only there (W15, F36)."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.charts.check import check
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.rows import Row, Severity
from ansible_collections.alga.appliance.tests.unit.core.charts.manifests import charts, deployment, found, lines, mounting

CLAIM = "kind: PersistentVolumeClaim\nmetadata:\n  name: data\n  annotations: {}\n"
POD = "---\n" + mounting("data")
STATEFUL = """---
kind: StatefulSet
metadata: {name: db}
spec: {volumeClaimTemplates: [{metadata: {name: data}}]}
"""


def test_a_claim_that_helm_deletes_is_an_error_w15_f36() -> None:
    (finding,) = found(Row.UNKEPT_CLAIM, CLAIM + POD)
    assert finding.place.line == 2 and "helm uninstall deletes it" in finding.message
    (finding,) = found(Row.UNKEPT_CLAIM, CLAIM + POD, values={"persistence": {"keepPvcOnUninstall": True}})
    assert "keepPvcOnUninstall is true, but the chart ignores it" in finding.message
    assert found(Row.UNKEPT_CLAIM, CLAIM, POD), "another chart's pod mounts it"
    listed = "kind: List\nitems:\n- kind: Pod\n- " + CLAIM.replace("\n", "\n  ") + "\n" + POD
    assert lines(found(Row.UNKEPT_CLAIM, listed)) == [5]


@pytest.mark.parametrize(
    "other",
    [
        "",
        POD.replace("claimName: data", "claimName: data-2"),
        POD.replace("{name: p}", "{name: p, namespace: elsewhere}"),
        POD.replace("volumeMounts: [{name: v}]", "volumeMounts: [{name: w}]"),
        STATEFUL,
    ],
    ids=["no pod", "another claim", "another namespace", "a volume that no container mounts", "claims with other names"],
)
def test_a_claim_that_no_pod_mounts_is_a_warning_w15_f36(other: str) -> None:
    (finding,) = (each for each in check(charts(CLAIM + other)) if "Claim" in each.message)
    assert (finding.row, finding.row.severity) == (Row.UNMOUNTED_CLAIM, Severity.WARNING)
    assert finding.message.endswith("No pod of these charts mounts it.") and "existingClaim" not in finding.next_action


def test_a_claim_made_for_a_pod_of_a_stateful_set_is_mounted_w15_f36() -> None:
    numbered = CLAIM.replace("name: data", "name: data-db-0")
    assert lines(found(Row.UNKEPT_CLAIM, numbered + STATEFUL)) == [2]
    assert found(Row.UNKEPT_CLAIM, numbered.replace("data-db-0", "data-db-x") + STATEFUL) == []
    assert found(Row.UNKEPT_CLAIM, CLAIM + POD.replace("volumeMounts", "volumeDevices")), "as a device"


@pytest.mark.parametrize(
    ("annotations", "lost"),
    [
        ("helm.sh/resource-policy: keep", False),
        ('helm.sh/resource-policy: " Keep "', False),
        ("helm.sh/resource-policy: delete", True),
        ("helm.sh/resource-policy: keep, helm.sh/hook: pre-install", True),
        ('helm.sh/hook: "test, pre-upgrade"', True),
        ("helm.sh/hook: test", False),
        ("helm.sh/hook: pre-delete", False),
    ],
)
def test_what_helm_keeps_is_not_lost_w15_f36(annotations: str, lost: bool) -> None:
    given = CLAIM.replace("{}", f"{{{annotations}}}") + POD
    assert [each.row for each in check(charts(given))] == ([Row.UNKEPT_CLAIM] if lost else [])


def test_a_stateful_set_that_deletes_its_claims_is_an_error_w15_f36() -> None:
    spec = "  persistentVolumeClaimRetentionPolicy:\n    whenDeleted: Delete\n  volumeClaimTemplates: [{}]\n"
    stateful = deployment("", kind="StatefulSet") + spec
    assert lines(found(Row.UNKEPT_CLAIM, stateful)) == [16]
    assert found(Row.UNKEPT_CLAIM, stateful.replace(": Delete", ": Retain")) == []
