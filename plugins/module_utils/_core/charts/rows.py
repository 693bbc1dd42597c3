# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a chart check looks for, and what it found (W15, W24)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from enum import StrEnum

from .manifest import Place


class Severity(StrEnum):
    """What a finding means for a run: errors lose data."""

    ERROR = "error"
    WARNING = "warning"


class Verdict(StrEnum):
    """The worst that was found."""

    CLEAN = "clean"
    WARNINGS = "warnings"
    ERRORS = "errors"


class Row(StrEnum):
    """Everything that is looked for."""

    PLACEHOLDER_KEY = "placeholder_key"
    HOOK_SECRET = "hook_secret"
    UNKEPT_CLAIM = "unkept_claim"
    INSTALL_HOOK_SECRET = "install_hook_secret"
    UNMOUNTED_CLAIM = "unmounted_claim"
    PLACEHOLDER = "placeholder"
    MISSING_SERVICE = "missing_service"
    POOLED_SUPERUSER = "pooled_superuser"
    NO_METRICS = "no_metrics"
    BLOCKED_DRAIN = "blocked_drain"
    UNEQUAL_HASHING = "unequal_hashing"
    QUOTED_BOOLEAN = "quoted_boolean"
    FLOATING_IMAGE = "floating_image"
    CHANGED_SELECTOR = "changed_selector"
    UNBOUNDED_WAIT = "unbounded_wait"

    @property
    def severity(self) -> Severity:
        """Whether it loses data."""
        return Severity.ERROR if self in _LOSING_DATA else Severity.WARNING

    @property
    def looks_beyond(self) -> bool:
        """Whether one chart alone says nothing about it: the answer is in the other charts or in the cluster."""
        return self in (Row.MISSING_SERVICE, Row.NO_METRICS, Row.CHANGED_SELECTOR)


_LOSING_DATA = frozenset({Row.PLACEHOLDER_KEY, Row.HOOK_SECRET, Row.UNKEPT_CLAIM})

# What each finds, and why it matters; docs/charts.md has it as a table.
MEANINGS: dict[Row, tuple[str, str]] = {
    Row.PLACEHOLDER_KEY: (
        "An encryption key that a pod reads is a placeholder such as `change-me`.",
        "What is encrypted with it cannot be read once the key is replaced, nor by a release that has the real key.",
    ),
    Row.HOOK_SECRET: (
        "A Secret that a pod reads belongs to a Helm hook that runs in upgrades.",
        "Helm deletes it and creates it again in each upgrade. If the upgrade stops in between, its keys are lost.",
    ),
    Row.UNKEPT_CLAIM: (
        "A PersistentVolumeClaim that a pod mounts has no `helm.sh/resource-policy: keep`, or is deleted together with its "
        "StatefulSet.",
        "`helm uninstall` deletes the claim and, with reclaim policy Delete, the data.",
    ),
    Row.INSTALL_HOOK_SECRET: (
        "A Secret that a pod reads belongs to a Helm hook that runs only at installation.",
        "If the release is uninstalled and installed again, Helm deletes the Secret and creates it with other keys.",
    ),
    Row.UNMOUNTED_CLAIM: (
        "A PersistentVolumeClaim has no `helm.sh/resource-policy: keep`, and no pod of the charts mounts it.",
        "`helm uninstall` deletes the claim. If a pod of another chart mounts it, that pod's data is deleted with it.",
    ),
    Row.PLACEHOLDER: (
        "Another secret value that a pod reads is a placeholder.",
        "Everybody knows it, and it differs from the value that the other releases use.",
    ),
    Row.MISSING_SERVICE: (
        "A URL, host or address names a Service that is neither in the charts nor, if a kubeconfig is given, in the cluster.",
        "The pod starts, and whatever needs the Service fails later.",
    ),
    Row.POOLED_SUPERUSER: (
        "The user postgres connects through PgBouncer.",
        "Session-level advisory locks, SET and LISTEN do not work in PgBouncer's transaction pooling mode, and the pooler has to "
        "store the superuser's password.",
    ),
    Row.NO_METRICS: (
        "A HorizontalPodAutoscaler requires the metrics API. Without a kubeconfig, each one is reported.",
        "Without metrics, it reports `FailedGetResourceMetric` and never scales.",
    ),
    Row.BLOCKED_DRAIN: (
        "A PodDisruptionBudget requires as many pods as there are replicas.",
        "No pod may be evicted, so draining the node, and an upgrade of Talos, never ends.",
    ),
    Row.UNEQUAL_HASHING: (
        "`ITERATIONS` or `SALT_BYTES` differs between containers.",
        "A password that one of them stores cannot be verified by the other.",
    ),
    Row.QUOTED_BOOLEAN: (
        "The value of a boolean variable contains quotes.",
        'The program reads `"false"` with the quotes and recognises it as neither true nor false.',
    ),
    Row.FLOATING_IMAGE: (
        "An image has no tag or the tag `latest`, or is pulled at each start without a digest.",
        "Any restart may bring another version; for PostgreSQL, another major version or another collation.",
    ),
    Row.CHANGED_SELECTOR: (
        "The selector of a workload differs from that of the one in the cluster. Requires a kubeconfig.",
        "It cannot be changed (`field is immutable`), so the upgrade fails.",
    ),
    Row.UNBOUNDED_WAIT: (
        "A container that must run to completion, such as an init container or a Job's container, loops without a timeout.",
        "If the awaited object or server never becomes available, the container hangs: it reports nothing and never fails.",
    ),
}


@dataclass(frozen=True)
class ChartFinding:
    """Something in a chart, where it stands, and what to do about it."""

    row: Row
    chart: str
    place: Place
    message: str
    next_action: str

    def __str__(self) -> str:
        """It in one sentence or more."""
        return f"{self.row.severity.capitalize()} in chart {self.chart}, {self.place}: {self.message} {self.next_action}"

    def as_evidence(self) -> dict[str, t.Any]:
        """It as data."""
        return {
            "row": self.row.value,
            "severity": self.row.severity.value,
            "chart": self.chart,
            "source": self.place.source,
            "line": self.place.line,
            "message": self.message,
            "next_action": self.next_action,
        }


def verdict(findings: t.Iterable[ChartFinding]) -> Verdict:
    """The worst of what was found."""
    found = {finding.row.severity for finding in findings}
    if Severity.ERROR in found:
        return Verdict.ERRORS
    return Verdict.WARNINGS if found else Verdict.CLEAN
