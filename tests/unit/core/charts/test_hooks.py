# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets of hooks lose their keys where a pod reads them and an upgrade makes them again (W15, F12)."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.charts.check import check
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.rows import Row, Severity
from ansible_collections.alga.appliance.tests.unit.core.charts.manifests import charts, deployment, found, reads

HOOK = "kind: Secret\nmetadata:\n  name: keys\n  annotations:\n    helm.sh/hook: pre-install, pre-upgrade\n---\n"


def test_a_secret_of_a_hook_that_a_pod_reads_is_an_error_w15_f12() -> None:
    (finding,) = found(Row.HOOK_SECRET, HOOK + deployment(reads("keys", "A")))
    assert (finding.place.line, finding.place.source) == (5, "") and "Deployment msp/worker" in finding.message
    assert found(Row.HOOK_SECRET, HOOK) == []
    job = deployment(reads("keys", "A"), kind="Job").replace("{name: worker}", "{name: j, annotations: {helm.sh/hook: x}}", 1)
    assert found(Row.HOOK_SECRET, HOOK + job) == [], "its own hook alone reads it"


@pytest.mark.parametrize(
    ("events", "rows"),
    [
        ("pre-install, pre-upgrade", [Row.HOOK_SECRET]),
        ("post-upgrade", [Row.HOOK_SECRET]),
        ("pre-install", [Row.INSTALL_HOOK_SECRET]),
        ("post-install,pre-delete", [Row.INSTALL_HOOK_SECRET]),
        ("test", []),
        ("pre-delete", []),
    ],
)
def test_only_a_hook_that_runs_in_upgrades_is_an_error_w15_f12(events: str, rows: list[Row]) -> None:
    findings = check(charts(HOOK.replace("pre-install, pre-upgrade", events) + deployment(reads("keys", "A"))))
    assert [each.row for each in findings] == rows
    assert all((each.row.severity is Severity.ERROR) is ("in each upgrade" in each.message) for each in findings)
