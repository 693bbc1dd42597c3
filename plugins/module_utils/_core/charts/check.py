# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge rendered charts before they are installed (W15, W24)."""

from __future__ import annotations

import typing as t

from . import environment, losses, placeholders, workloads
from .rendered import Charts
from .rows import ChartFinding, Severity

_CHECKS: tuple[t.Callable[[Charts], t.Iterator[ChartFinding]], ...] = (
    placeholders.placeholders,
    losses.hook_secrets,
    losses.unkept_claims,
    environment.missing_services,
    environment.pooled_superusers,
    environment.unequal_hashing,
    environment.quoted_booleans,
    workloads.no_metrics,
    workloads.blocked_drains,
    workloads.floating_images,
    workloads.changed_selectors,
    workloads.unbounded_waits,
)


def check(charts: Charts) -> list[ChartFinding]:
    """Everything that is found: errors first, then by chart, in the order in which it stands there."""
    order = {chart.name: number for number, chart in enumerate(charts.charts)}
    found = [finding for judge in _CHECKS for finding in judge(charts)]
    return sorted(
        found, key=lambda each: (each.row.severity is not Severity.ERROR, order.get(each.chart, 0), each.place.line, each.row)
    )
