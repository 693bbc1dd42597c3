# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a list of charts is said for each of them, and values are not repeated."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.settings import effective
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.given import GivenChart, read_charts, wrong_charts

CHART = {"name": "temporal", "chart": "oci://charts/temporal"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["canary"], "alga_x[0] must be a mapping with name and chart."),
        ([{"name": "temporal"}], "alga_x[0] has no chart."),
        ([CHART, {**CHART, "name": ""}], "alga_x[1] has no name."),
        ([{**CHART, "vals": {}}], "has vals, which is none of name, chart, repository, version, values, values_files."),
        ([{**CHART, "version": 1.2}], "alga_x[0].version must be a string."),
        ([{**CHART, "values": "canary"}], "alga_x[0].values must be a mapping of names to values."),
        ([{**CHART, "values_files": [1]}], "alga_x[0].values_files must be a list of strings."),
        ([CHART, CHART], "alga_x has several charts with the name temporal."),
    ],
)
def test_each_fault_is_said(given: list[t.Any], said: str) -> None:
    (found,) = wrong_charts(given, "alga_x")
    assert said in found and "canary" not in found


def test_what_is_in_order_is_read() -> None:
    given = [{**CHART, "version": None, "values": {"a": 1}}]
    assert wrong_charts(given, "alga_x") == []
    assert read_charts(given) == [GivenChart("temporal", "oci://charts/temporal", values={"a": 1})]


def test_the_variable_needs_no_cluster_and_is_checked_with_the_others() -> None:
    values, errors = effective("check_charts", {"alga_check_charts": [CHART]})
    assert errors == [] and values["alga_kubeconfig"] is None
    _values, errors = effective("check_charts", {})
    assert len(errors) == 1 and errors[0].startswith("alga_check_charts is not set.")
    assert effective("", {"alga_check_charts": [CHART]}, ["preflight", "chart_check"])[1] == []
    _values, errors = effective("", {"alga_check_charts": [CHART]}, ["preflight", "chart_check", "status"])
    assert [error.partition(".")[0] for error in errors] == ["alga_kubeconfig is not set"]
    _values, errors = effective("check_charts", {"alga_check_charts": [{"name": "temporal"}]})
    assert errors == ["alga_check_charts[0] has no chart."]
    _values, errors = effective("check_charts", {"alga_check_charts": "temporal"})
    assert errors == ["alga_check_charts must be a list of mappings, each a chart."]
