# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manifests that the tests of the chart check judge."""

from __future__ import annotations

import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._adapters.charts.documents import read_documents
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.check import check
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.rendered import Charts, Live, RenderedChart
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.rows import ChartFinding, Row


def charts(*texts: str, live: Live | None = None, values: dict[str, t.Any] | None = None) -> Charts:
    """Charts from their manifests: the core, then others."""
    names = ("core", "worker", "third")
    made = [RenderedChart(name, read_documents(name, text), values or {}) for name, text in zip(names, texts, strict=False)]
    return Charts(made, "msp", live)


def found(row: Row, *texts: str, live: Live | None = None, values: dict[str, t.Any] | None = None) -> list[ChartFinding]:
    """What is found of one row."""
    return [finding for finding in check(charts(*texts, live=live, values=values)) if finding.row is row]


def lines(findings: list[ChartFinding]) -> list[int]:
    """Where they stand."""
    return [finding.place.line for finding in findings]


def deployment(container: str, name: str = "worker", kind: str = "Deployment", more: str = "") -> str:
    """A workload with one container, whose text begins on line 12."""
    return f"""---
# Source: worker/templates/deployment.yaml
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}}}
{more or "# nothing more"}
spec:
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
      - name: main
        image: x@sha256:1
{container}
"""


def env(**values: str) -> str:
    """Variables with values."""
    return "        env:\n" + "\n".join(f"        - {{name: {name}, value: {value}}}" for name, value in values.items())


def reads(secret: str, key: str, name: str = "X") -> str:
    """A variable from a Secret."""
    return f"        env:\n        - {{name: {name}, valueFrom: {{secretKeyRef: {{name: {secret}, key: {key}}}}}}}"


def mounting(claim: str) -> str:
    """A pod that mounts a claim."""
    volume, mount = f"{{name: v, persistentVolumeClaim: {{claimName: {claim}}}}}", "{name: v}"
    spec = f"{{volumes: [{volume}], containers: [{{name: c, volumeMounts: [{mount}]}}]}}"
    return f"kind: Pod\nmetadata: {{name: p}}\nspec: {spec}\n"
