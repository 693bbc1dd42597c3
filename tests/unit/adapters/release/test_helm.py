# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The helm program: its version, values on standard input, and its own words where it fails."""

from __future__ import annotations

import datetime
import errno
import json
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.release.helm import Helm, objects
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedCommand

MANIFEST = """\
{kind: ConfigMap, apiVersion: v1, metadata: {name: b}}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: msp}}
"""


def helm(command: ScriptedCommand, context: str | None = None) -> Helm:
    return Helm("helm", command=command, kubeconfig="/kube", context=context, namespace="msp")


@pytest.mark.parametrize(("version", "supported"), [("v3.22.0\n", True), ("v4.3.0\n", True), ("v2.17.0\n", False), ("", False)])
def test_versions_3_and_4_are_supported(ports: Ports, version: str, supported: bool) -> None:
    said = helm(ports.command({"helm version": (0, version, "")})).unsupported()
    assert (said == "") is supported and (supported or repr(version.strip()) in said)


def test_a_helm_that_does_not_say_its_version_is_not_taken_for_supported(ports: Ports) -> None:
    with pytest.raises(ObservationFailed, match=r"helm version failed with exit code 1: .*no such flag") as raised:
        helm(ports.command({"helm version": (1, "", "Error: no such flag")})).unsupported()
    assert raised.value.next_action


def test_a_helm_that_is_not_there_is_said_with_its_option(ports: Ports) -> None:
    with pytest.raises(ObservationFailed, match=r"No such file") as raised:
        helm(ports.command({"helm version": OSError(errno.ENOENT, "No such file or directory")})).unsupported()
    assert "alga_helm" in raised.value.next_action


@pytest.mark.parametrize("dry_run", [False, True])
def test_values_go_by_standard_input_and_the_cluster_by_options_r19(ports: Ports, dry_run: bool) -> None:
    answer = json.dumps(
        {
            "manifest": MANIFEST,
            "hooks": [
                {"events": ["pre-install"], "manifest": MANIFEST, "path": "core/hook.yaml"},
                {"events": ["test"], "manifest": MANIFEST},
            ],
        }
    )
    command = ports.command({"upgrade --install": (0, answer, "")})
    rendering = helm(command, "work").upgrade("alga-core", "chart", {"password": "canary"}, dry_run=dry_run)
    (call,) = command.calls
    assert "canary" not in call and json.loads(command.stdins[0]) == {"password": "canary"}
    assert "--kubeconfig /kube --namespace msp --kube-context work" in call and ("--dry-run=server" in call) is dry_run
    assert "--wait" not in call, "whoever waits for the application before bootstrap waits for ever (F4)"
    assert len(rendering.objects) == len(rendering.hooks) == 2
    assert rendering.text == f"{MANIFEST}\n---\n# Source: core/hook.yaml\n{MANIFEST}"


@pytest.mark.parametrize("what", ["upgrade", "template"])
def test_a_failure_is_told_in_helms_own_words(ports: Ports, what: str) -> None:
    command = ports.command({f"helm {what}": (1, "", "Error: failed quota")})
    act: t.Any = helm(command)
    with pytest.raises(ActionFailed, match=r"run the playbook again"):
        act.template("alga-core", "chart", {}) if what == "template" else act.upgrade("alga-core", "chart", {}, dry_run=False)


def test_objects_come_in_an_order_of_their_own_and_without_the_releases_namespace() -> None:
    assert [item["metadata"] for item in objects(MANIFEST, "msp")] == [{"name": "a"}, {"name": "b"}]


@pytest.mark.parametrize("value", ["2026-01-01", "2026-01-01T00:00:00Z", "=", "22:30", "1:20.5"])
def test_what_yaml_calls_a_date_is_a_text_as_helm_reads_it(value: str) -> None:
    (item,) = objects(f"{{kind: X, apiVersion: x.example.org/v1, metadata: {{name: x}}, spec: {{at: {value}}}}}", "msp")
    assert item["spec"] == {"at": value}


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("kind: [canary\n", "not valid YAML at line 2"),
        ("data: !!binary Y2FuYXJ5\n", "not valid YAML at line 1"),
        ("canary\n", "not Kubernetes objects"),
        ("[canary]\n", "not Kubernetes objects"),
        ("metadata: {name: canary}\n", "not Kubernetes objects"),
        ("kind: Secret\nmetadata: canary\n", "not Kubernetes objects"),
        ("kind: Secret\nmetadata: {name: a}\nstringData: canary\n", "not Kubernetes objects"),
        ("kind: Secret\nmetadata: {labels: {app: canary}}\n", "not Kubernetes objects"),
        ("kind: Secret\nmetadata: {name: 1}\n---\nkind: Secret\nmetadata: {name: canary}\n", "not Kubernetes objects"),
        ("kind: List\nitems: canary\n", "not Kubernetes objects"),
    ],
)
def test_what_is_no_manifest_is_a_failure_in_a_sentence(manifest: str, said: str) -> None:
    with pytest.raises(ActionFailed, match=said) as raised:
        objects(manifest, "msp")
    assert "canary" not in str(raised.value)


def test_a_date_in_an_inventory_reaches_the_chart_as_it_was_written(ports: Ports) -> None:
    command = ports.command({"helm template": (0, "", "")})
    helm(command).template("alga-core", "chart", {"license": {"until": datetime.date(2026, 1, 1)}})
    assert json.loads(command.stdins[0]) == {"license": {"until": "2026-01-01"}}


@pytest.mark.parametrize(
    "printed", ["", "canary", "[]", '{"hooks": [{"events": ["pre-install"]}]}', '{"manifest": ["canary"]}', "\ufeff{}"]
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_what_is_no_release_is_a_failure_in_a_sentence(ports: Ports, printed: str, dry_run: bool) -> None:
    with pytest.raises(ActionFailed, match="what it printed is not the release as JSON") as raised:
        helm(ports.command({"helm upgrade": (0, printed, "")})).upgrade("alga-core", "chart", {}, dry_run=dry_run)
    assert "canary" not in str(raised.value)


def test_a_chart_that_renders_hooks_only_has_no_manifest(ports: Ports) -> None:
    printed = json.dumps({"hooks": [{"events": ["pre-install"], "manifest": MANIFEST}, {"manifest": MANIFEST}]})
    rendering = helm(ports.command({"helm upgrade": (0, printed, "")})).upgrade("alga-core", "chart", {}, dry_run=True)
    assert rendering.objects == [] and len(rendering.hooks) == 2
