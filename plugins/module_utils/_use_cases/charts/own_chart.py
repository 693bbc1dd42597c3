# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The core's chart, judged as it was rendered and before helm runs."""

from __future__ import annotations

from ..._adapters.charts.documents import read_documents
from ..._core.charts.check import check
from ..._core.charts.rendered import Charts, RenderedChart
from ..._core.charts.rows import ChartFinding, Row, Severity
from ..._core.errors import Refused
from .._options import Released


def judge(options: Released, rendered: str, *, fresh: bool) -> list[ChartFinding]:
    """Judge what one chart alone says.

    :param rendered: all its manifests.
    :param fresh: whether there is no appliance yet. One that runs with a fault is not helped by a run that stops.
    :returns: what is only reported.
    :raises Refused: when a new appliance would lose data.
    """
    chart = RenderedChart(options.release, read_documents(options.release, rendered), options.values)
    found = [each for each in check(Charts([chart], options.namespace)) if not each.row.looks_beyond]
    # A hook's Secret is kept over each run of helm (kept_secrets, F12).
    losing = [each for each in found if each.row.severity is Severity.ERROR and each.row is not Row.HOOK_SECRET]
    if losing and fresh:
        raise Refused(
            f"Chart {options.chart} was rendered but not installed, because it would lose data: "
            f"{' '.join(f'({number}) {each}' for number, each in enumerate(losing, 1))}",
            evidence={"faults": [each.as_evidence() for each in found]},
        )
    return found
