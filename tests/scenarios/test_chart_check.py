# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in charts of the whole appliance, rendered by the real helm, with and without a cluster (W15, W24)."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.scenarios.appliance import CHART, NAMESPACE, Appliance

Chart = dict[str, t.Any]
NAMES = ("pgbouncer", "temporal", "workflow-worker", "email-service", "temporal-worker")
# As the application's last state for Talos has them, and its later states where those have other faults.
TALOS: dict[str, dict[str, t.Any]] = {
    "alga-core": {
        "setup": {"applianceBootstrap": {"enabled": True}},
        "persistence": {"keepPvcOnUninstall": True},
        "secretsByHook": True,
    },
    "temporal": {},
}
LATER: dict[str, dict[str, t.Any]] = {
    "temporal": {"namespaceInit": {"enabled": True}, "postgres": {"host": "db.msp.svc.cluster.local"}},
    "email-service": {
        "waitForBootstrap": {"enabled": True},
        "appSecrets": {"existingSecret": "alga-core-sebastian-secrets", "cryptoKey": "CRYPTR_KEY"},
    },
    "temporal-worker": {"selectorComponent": False, "autoscaling": {"enabled": False}, "crypto": {"iterations": 1000}},
}
# What the line says that each finding names.
FAULTS = {
    ("alga-core", "hook_secret", "helm.sh/hook: pre-install,pre-upgrade"),
    ("alga-core", "unkept_claim", "metadata:"),
    ("alga-core", "unbounded_wait", "until psql"),
    ("alga-core", "floating_image", "image: ankane/pgvector:latest"),
    ("alga-core", "floating_image", "image: redis:latest"),
    ("pgbouncer", "floating_image", "image: edoburu/pgbouncer:latest"),
    ("temporal", "missing_service", 'value: "postgres"'),
    ("workflow-worker", "placeholder_key", 'CRYPTO_KEY: "change-me-in-prod"'),
    ("workflow-worker", "placeholder", 'NEXTAUTH_SECRET: "change-me-in-prod"'),
    ("workflow-worker", "placeholder", 'TOKEN_SECRET_KEY: "change-me-in-production"'),
    ("workflow-worker", "pooled_superuser", 'value: "postgres"'),
    ("workflow-worker", "quoted_boolean", r'value: "\"true\""'),
    ("workflow-worker", "quoted_boolean", r'value: "\"false\""'),
    ("workflow-worker", "blocked_drain", "spec:"),
    ("workflow-worker", "no_metrics", "spec:"),
    ("email-service", "placeholder_key", 'CRYPTO_KEY: "change-me"'),
    ("email-service", "placeholder", 'IMAP_WEBHOOK_SECRET: "change-me"'),
    ("email-service", "quoted_boolean", r'value: "\"true\""'),
    ("temporal-worker", "missing_service", 'value: "http://alga-core.msp.svc.cluster.local:3000"'),
    ("temporal-worker", "unequal_hashing", 'value: "10000"'),
    ("temporal-worker", "placeholder", 'ALGA_AUTH_KEY: "change-me-in-production"'),
    ("temporal-worker", "no_metrics", "spec:"),
}
# The later states' own faults, and what they no longer have.
LATER_FAULTS = {
    ("temporal", "unbounded_wait", "until temporal operator cluster health"),
    ("email-service", "unbounded_wait", "while true; do"),
    ("temporal-worker", "missing_service", 'value: "http://alga-core.msp.svc.cluster.local:3000"'),
}
MENDED = {"placeholder_key", "unequal_hashing", "no_metrics"}


def charts(values: dict[str, dict[str, t.Any]]) -> list[Chart]:
    """Every chart of the appliance, the core first."""
    named = [("alga-core", CHART), *((name, CHART.with_name(name)) for name in NAMES)]
    return [{"name": name, "chart": str(chart), "values": values.get(name, {})} for name, chart in named]


def line(helm: str, chart: Chart, number: int) -> str:
    """A line of what helm renders, as a person finds it."""
    command = [helm, "template", chart["name"], chart["chart"], "--namespace", NAMESPACE, "--skip-tests", "--values", "-"]
    ended = subprocess.run(command, input=json.dumps(chart["values"]), capture_output=True, text=True, check=True)
    return ended.stdout.splitlines()[number - 1].strip()


def found(appliance: Appliance, helm: str, given: list[Chart], **more: t.Any) -> set[tuple[str, str, str]]:
    """What is found: the chart, the row, and the line that is named."""
    result = appliance.module("alga_chart_check", charts=given, helm=helm, **{"kubeconfig": None, **more})
    by_name = {chart["name"]: chart for chart in given}
    assert all((Path(by_name[each["chart"]]["chart"]).parent / each["source"]).is_file() for each in result["evidence"]["faults"])
    return {
        (each["chart"], each["row"], line(helm, by_name[each["chart"]], each["line"])) for each in result["evidence"]["faults"]
    }


@pytest.mark.parametrize("helm", ["HELM3", "HELM4"])
def test_the_real_charts_faults_are_found_on_their_lines_w15(helm: str, tmp_path: Path) -> None:
    seen = found(Appliance(tmp_path), os.environ[helm], charts(TALOS))
    missing = {each for each in FAULTS if not any(each[:2] == it[:2] and it[2].startswith(each[2]) for it in seen)}
    assert missing == set(), seen


def test_the_faults_of_the_later_states_are_found_w15_w24(tmp_path: Path) -> None:
    seen = found(Appliance(tmp_path), os.environ["HELM3"], charts(LATER))
    missing = {each for each in LATER_FAULTS if not any(each[:2] == it[:2] and it[2].startswith(each[2]) for it in seen)}
    assert missing == set(), seen
    assert {each[1] for each in seen if each[0] in ("email-service", "temporal-worker")} & MENDED == set()
    assert {each for each in seen if each[:2] == ("email-service", "placeholder")} == set(), "nobody reads them"


def test_the_playbook_needs_no_cluster_and_fails_where_data_is_lost_w15(tmp_path: Path) -> None:
    appliance = Appliance(tmp_path, {"alga_kubeconfig": None, "alga_chart": None})
    losing = appliance.playbook("check_charts", alga_check_charts=charts(TALOS))
    assert losing.code != 0 and losing.changed == 0 and "sebastian/templates/secret.yaml (line" in losing.message, losing.output
    alone = [{"name": "pgbouncer", "chart": str(CHART.with_name("pgbouncer"))}]
    warned = appliance.playbook("check_charts", alga_check_charts=alone)
    assert (warned.code, warned.changed) == (0, 0), warned.output
    assert "Warning in chart pgbouncer, pgbouncer/templates/deployment.yaml (line" in warned.output
    assert "names Service msp/db, which none of the charts renders" in warned.output
    wrong = appliance.playbook("check_charts", alga_check_charts=[{"name": "x"}])
    assert wrong.code != 0 and "alga_check_charts[0] has no chart" in wrong.message, wrong.output


def test_the_cluster_is_compared_w15(tmp_path: Path) -> None:
    namespace = "chart-check"
    appliance = Appliance(tmp_path)
    named = {"namespace": namespace}
    given = [
        {**chart, "values": {**named, "db": {"host": "db"}}} for chart in charts({}) if chart["name"] in NAMES[2:] + NAMES[:1]
    ]
    worker = next(chart for chart in given if chart["name"] == "temporal-worker")
    appliance.kubectl("create", "namespace", namespace)
    try:
        earlier = {**worker, "values": {**worker["values"], "selectorComponent": False, "autoscaling": {"enabled": False}}}
        rendered = subprocess.run(
            [os.environ["HELM3"], "template", earlier["name"], earlier["chart"], "--values", "-"],
            input=json.dumps({**earlier["values"], "replicaCount": 0}),
            capture_output=True,
            text=True,
            check=True,
        )
        appliance.kubectl("create", "--namespace", namespace, "-f", "-", stdin=rendered.stdout)
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db"}, "spec": {"ports": [{"port": 5432}]}}
        appliance.kubectl("create", "--namespace", namespace, "-f", "-", stdin=json.dumps(service))
        result = appliance.module("alga_chart_check", charts=given, helm=os.environ["HELM3"], namespace=namespace)
    finally:
        appliance.kubectl("delete", "namespace", namespace, "--wait=false")
    faults = [(each["row"], each["message"]) for each in result["evidence"]["faults"]]
    (selector,) = (message for row, message in faults if row == "changed_selector")
    assert selector.startswith(f"The selector of Deployment {namespace}/temporal-worker differs")
    missing = [message for row, message in faults if row == "missing_service"]
    assert missing and not any(f"Service {namespace}/db" in message for message in missing), "the cluster has it"
    metrics = [message for row, message in faults if row == "no_metrics"]
    assert metrics and all("which this cluster does not have" in message for message in metrics)
