# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts are rendered with or without a cluster and judged together; what loses data is an error."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, ObservationFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import Released, read
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.charts.chart_check import USE_CASE
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.charts.own_chart import judge
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.core.charts.manifests import mounting
from ansible_collections.alga.appliance.tests.unit.scripted import FORBIDDEN, ScriptedCommand

CLAIM = "---\n# Source: core/templates/pvc.yaml\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n"
MOUNTED = f"{CLAIM}---\n{mounting('data')}"
POD = """---
# Source: worker/templates/pod.yaml
kind: Pod
metadata: {name: worker}
spec:
  containers: [{name: main, image: "worker:latest", env: [{name: DB_HOST, value: db}, {name: PASSWORD, value: change-me}]}]
"""
SERVICE = "---\n{kind: Service, metadata: {name: db}}\n"
CORE, WORKER = {"name": "core", "chart": "~/core"}, {"name": "worker", "chart": "worker", "repository": "https://c.example"}


def ask(command: ScriptedCommand, told: list[str] | None = None, **given: t.Any) -> t.Any:
    run = Run(check_mode=False, diff=False, command=command, tell=(told if told is not None else []).append)
    return USE_CASE.answer({"namespace": "msp", "helm": "helm", **given}, run)


def test_charts_are_judged_together_and_without_a_cluster_w15(ports: Ports) -> None:
    command = ports.command({"template core": (0, SERVICE, ""), "template worker": (0, POD, "")})
    told: list[str] = []
    result = ask(command, told, charts=[CORE, {**WORKER, "version": "1.2", "values": {"token": "canary"}}])
    assert (result["state"], result["decision"], result["changed"]) == ("warnings", "accept", False)
    found = result["evidence"]["faults"]
    assert [(each["row"], each["severity"], each["chart"], each["source"], each["line"]) for each in found] == [
        ("floating_image", "warning", "worker", "worker/templates/pod.yaml", 6),
        ("placeholder", "warning", "worker", "worker/templates/pod.yaml", 6),
    ]
    assert len(told) == 2 and all(each in result["msg"] for each in told)
    first, second = command.calls
    assert f"template core {Path('~/core').expanduser()} " in first and "kube" not in first and "dry-run" not in first
    assert "--skip-tests --repo https://c.example --version 1.2" in second
    assert "canary" not in second and json.loads(command.stdins[1]) == {"token": "canary"}


def test_what_loses_data_is_refused_with_its_file_and_line_w15_f36(ports: Ports) -> None:
    command = ports.command({"template core": (0, MOUNTED, ""), "template worker": (0, POD, "")})
    told: list[str] = []
    with pytest.raises(Refused, match=r"core/templates/pvc\.yaml \(line 4 of") as raised:
        ask(command, told, charts=[CORE, WORKER])
    assert "1 error and 3 warnings found" in raised.value.message and len(told) == 3
    result = USE_CASE.failure(raised.value)
    assert (result["state"], result["decision"], len(result["evidence"]["faults"])) == ("errors", "refuse", 4)


def test_nothing_that_is_wrong_is_said_too(ports: Ports) -> None:
    result = ask(ports.command({"template core": (0, SERVICE, "")}), charts=[CORE])
    assert (result["state"], result["msg"]) == ("clean", "Charts checked: core; nothing found.")
    assert result["next_action"] == ""


def test_with_a_kubeconfig_the_cluster_is_asked_w15(ports: Ports) -> None:
    service = "/api/v1/namespaces/msp/services/db"
    ports.api({service: {"kind": "Service"}})
    command = ports.command({"template worker": (0, POD, "")})
    result = ask(command, charts=[WORKER], kubeconfig="/kube", context="work")
    assert [each["row"] for each in result["evidence"]["faults"]] == ["floating_image", "placeholder"]
    assert "--dry-run=server --is-upgrade" in command.calls[0]
    assert "--kubeconfig /kube --namespace msp --kube-context work" in command.calls[0]
    ports.api({service: FORBIDDEN})
    with pytest.raises(ApplianceError, match="403"):
        ask(ports.command({"template worker": (0, POD, "")}), charts=[WORKER], kubeconfig="/kube")


def test_values_files_are_read_in_their_order_below_the_values(ports: Ports, tmp_path: Path) -> None:
    files = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    files[0].write_text("a: 1\nb: {c: 1, d: 1}\n")
    files[1].write_text("b: {c: 2}\n")
    command = ports.command({"template core": (0, "", "")})
    ask(command, charts=[{**CORE, "values": {"e": 3}, "values_files": [str(file) for file in files]}])
    assert json.loads(command.stdins[0]) == {"a": 1, "b": {"c": 2, "d": 1}, "e": 3}
    with pytest.raises(Refused, match=r"values_files of chart core names .*/none\.yaml, which could not be read"):
        ask(ports.command({}), charts=[{**CORE, "values_files": [str(tmp_path / "none.yaml")]}])


def test_a_chart_that_helm_cannot_render_is_said_in_its_words_without_secrets(ports: Ports) -> None:
    command = ports.command({"template core": (1, "", "Error: token canary-token is wrong")})
    with pytest.raises(ApplianceError, match=r"helm template core .* failed .*is wrong") as raised:
        ask(command, charts=[CORE | {"values": {"token": "canary-token"}}])
    assert "canary" not in raised.value.message
    with pytest.raises(ApplianceError, match="not valid YAML at line"):
        ask(ports.command({"template core": (0, "a: [", "")}), charts=[CORE])
    missing = ports.command({"template core": FileNotFoundError(2, "No such file or directory")})
    with pytest.raises((ApplianceError, ObservationFailed), match="Could not start helm"):
        ask(missing, charts=[CORE])


def own(text: str, *, fresh: bool) -> list[str]:
    options = read(Released, {"kubeconfig": "/kube", "chart": "/charts/sebastian"})
    return [finding.row.value for finding in judge(options, text, fresh=fresh)]


def test_the_core_of_a_new_appliance_is_refused_where_it_loses_data_w15_f36() -> None:
    with pytest.raises(Refused, match=r"would lose data: \(1\) Error in chart alga-core, core/templates/pvc\.yaml"):
        own(MOUNTED, fresh=True)
    assert own(MOUNTED, fresh=False) == ["unkept_claim"], "an appliance that runs with it is not stopped"
    assert own(CLAIM, fresh=True) == ["unmounted_claim"], "no data is in it"


def test_what_other_charts_or_the_cluster_answer_is_not_judged_before_a_run() -> None:
    assert own(POD, fresh=True) == ["floating_image", "placeholder"], "db may come from anywhere"


def test_a_hook_whose_secret_is_kept_over_each_run_is_only_reported_f12() -> None:
    hook = "---\nkind: Secret\nmetadata: {name: keys, annotations: {helm.sh/hook: pre-upgrade}}\n"
    user = POD.replace("value: change-me", "valueFrom: {secretKeyRef: {name: keys, key: A}}")
    assert own(hook + user, fresh=True) == ["hook_secret", "floating_image"]
