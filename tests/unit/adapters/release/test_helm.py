# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The helm program: both versions, values on standard input, and a release that could not be listed is not a missing one."""

from __future__ import annotations

import errno
import json
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.release.helm import Helm, objects
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedCommand

FOUND = (0, json.dumps([{"name": "alga-core", "status": "pending-upgrade"}]), "")
MANIFEST = """\
{kind: ConfigMap, apiVersion: v1, metadata: {name: b}}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: msp}}
"""


def helm(command: ScriptedCommand, context: str | None = None) -> Helm:
    return Helm("helm", command=command, kubeconfig="/kube", context=context, namespace="msp")


@pytest.mark.parametrize(("version", "asks_for_all"), [("v3.22.0\n", True), ("v4.3.0\n", False)])
def test_a_release_of_any_status_is_found_with_either_version(ports: Ports, version: str, asks_for_all: bool) -> None:
    """helm 3 hides a release whose run did not end unless it is asked for all, and helm 4 does not know that flag."""
    command = ports.command({"helm version": (0, version, ""), "helm list": FOUND, "helm get manifest": (0, MANIFEST, "")})
    found = helm(command).find("alga-core")
    assert found is not None and found.status == "pending-upgrade"
    assert ("--all" in command.calls[1]) is asks_for_all and "--filter ^alga-core$" in command.calls[1]


def test_no_release_is_helms_own_empty_list(ports: Ports) -> None:
    assert helm(ports.command({"helm version": (0, "v3.22.0", ""), "helm list": (0, "[]\n", "")})).find("alga-core") is None


@pytest.mark.parametrize("fails", ["helm version", "helm list", "helm get manifest"])
def test_whatever_helm_could_not_say_is_not_absent_f27(ports: Ports, fails: str) -> None:
    """Without its version nobody knows whether it was asked for all."""
    answers = {"helm version": (0, "v3.22.0", ""), "helm list": FOUND, "helm get manifest": (0, MANIFEST, "")}
    answers[fails] = (1, "", "Error: Kubernetes cluster unreachable")
    with pytest.raises(ObservationFailed, match=rf"{fails} ") as raised:
        helm(ports.command(there=answers)).find("alga-core")
    assert raised.value.next_action


def test_a_helm_that_is_not_there_is_said_with_its_option(ports: Ports) -> None:
    with pytest.raises(ObservationFailed, match=r"No such file") as raised:
        helm(ports.command({"helm version": OSError(errno.ENOENT, "No such file or directory")})).find("alga-core")
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
