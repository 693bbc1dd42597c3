# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_chart_check: judge charts before anybody installs them."""

from __future__ import annotations

import contextlib
import typing as t
from collections import Counter
from dataclasses import dataclass, replace

from ..._adapters import paths
from ..._adapters.charts.documents import read_documents
from ..._adapters.charts.live import observe
from ..._adapters.cluster import causes
from ..._adapters.release.chart import read_values
from ..._adapters.release.helm import Helm
from ..._core import names
from ..._core.charts.check import check
from ..._core.charts.given import GivenChart, read_charts
from ..._core.charts.rendered import Charts, RenderedChart
from ..._core.charts.rows import ChartFinding, Severity, Verdict, verdict
from ..._core.counting import counted
from ..._core.errors import Refused
from ..._core.release.release import merge
from ..._core.results import build
from .._context import Result, Run, UseCase, cluster, require_libraries
from .._options import Cluster, option


@dataclass(frozen=True)
class Options:
    """Which charts, and the cluster that they are for, if there is one."""

    charts: list[dict[str, t.Any]] = option(
        type="list",
        elements="dict",
        required=True,
        options={
            "name": {"type": "str", "required": True},
            "chart": {"type": "str", "required": True},
            "repository": {"type": "str"},
            "version": {"type": "str"},
            "values": {"type": "dict"},
            "values_files": {"type": "list", "elements": "path"},
        },
    )
    kubeconfig: str | None = option(type="path")
    context: str | None = option(type="str")
    namespace: str = option(type="str", default=names.NAMESPACE)
    helm: str = option(type="str", default="helm")


def perform(options: Options, run: Run) -> Result:
    """Render every chart and judge them together; nothing is changed.

    :raises Refused: when a chart loses data.
    """
    require_libraries()
    with contextlib.ExitStack() as stack:
        api = None
        if options.kubeconfig:
            opened = Cluster(kubeconfig=options.kubeconfig, context=options.context, namespace=options.namespace)
            api = stack.enter_context(cluster(opened))
        helm = Helm(
            options.helm,
            command=run.command,
            kubeconfig=options.kubeconfig,
            context=options.context,
            namespace=options.namespace,
            hidden=lambda: causes.secrets(api, options.namespace) if api is not None else (),
        )
        charts = Charts([_rendered(helm, each) for each in read_charts(options.charts)], options.namespace)
        if api is not None:
            charts = replace(charts, live=observe(api, charts))
    return _answered(charts, check(charts), run)


def _rendered(helm: Helm, given: GivenChart) -> RenderedChart:
    values, unread = read_values(given.values_files, f"values_files of chart {given.name}")
    if unread:
        raise Refused(" ".join(unread))
    values = merge(values, given.values)
    chart = str(paths.given(given.chart)) if given.chart.startswith("~") else given.chart
    rendered = helm.manifests(given.name, chart, values, repository=given.repository, version=given.version)
    return RenderedChart(given.name, read_documents(given.name, rendered), values)


def _answered(charts: Charts, findings: list[ChartFinding], run: Run) -> Result:
    state = verdict(findings)
    checked = f"Charts checked: {', '.join(chart.name for chart in charts.charts)}"
    counts = Counter(finding.row.severity for finding in findings)
    told = " and ".join(counted(counts[severity], severity.value) for severity in Severity if counts[severity]) or "nothing"
    evidence = {"state": state, "faults": [finding.as_evidence() for finding in findings]}
    losing = [finding for finding in findings if finding.row.severity is Severity.ERROR]
    for finding in findings[len(losing) :]:
        run.tell(str(finding))
    if losing:
        numbered = " ".join(f"({number}) {finding}" for number, finding in enumerate(losing, 1))
        raise Refused(
            f"{checked}; {told} found. Do not install them with these errors, which lose data: {numbered}", evidence=evidence
        )
    return build(
        state=state.value,
        decision="accept",
        message=f"{checked}; {told} found.{''.join(f' ({number}) {each}' for number, each in enumerate(findings, 1))}",
        next_action="Review the warnings; none of them loses data." if findings else "",
        evidence=evidence,
    )


USE_CASE = UseCase("alga_chart_check", Options, perform, states=Verdict)
