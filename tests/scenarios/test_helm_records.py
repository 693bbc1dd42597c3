# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read from helm's records is what both helms say, for releases in every state that they can be brought into."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi
from ansible_collections.alga.appliance.plugins.module_utils._adapters.release import records
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import NAMESPACE, Appliance

# A ConfigMap; one whose name the API server refuses; and a Job that no node takes, for which helm waits at the events given.
CHART = """\
{kind: ConfigMap, apiVersion: v1, metadata: {name: {{ .Release.Name }}}, data: {text: {{ .Values.text | quote }}}}
{{ if .Values.wrong }}
---
{kind: ConfigMap, apiVersion: v1, metadata: {name: Wrong_Name}}
{{ end }}
{{ if .Values.waits }}
---
kind: Job
apiVersion: batch/v1
metadata: {name: {{ .Release.Name }}, annotations: {"helm.sh/hook": "{{ .Values.waits }}"}}
spec: {template: {spec: {restartPolicy: Never, nodeSelector: {not: there}, containers: [{name: a, image: a}]}}}
{{ end }}
"""


class Releases:
    """Releases of one small chart, made by one helm."""

    def __init__(self, program: str, place: Appliance) -> None:
        self._program, self._place = program, place
        self._chart = place.folder / "small"
        (self._chart / "templates").mkdir(parents=True)
        (self._chart / "Chart.yaml").write_text("{apiVersion: v2, name: small, version: 1.0.0}")
        (self._chart / "templates/all.yaml").write_text(CHART)

    def _command(self, *arguments: str) -> list[str]:
        return [self._program, "--kubeconfig", self._place.kubeconfig, "--namespace", NAMESPACE, *arguments]

    def helm(self, *arguments: str, fails: bool = False) -> str:
        """What helm prints."""
        ended = subprocess.run(self._command(*arguments), capture_output=True, text=True, check=False, timeout=120)
        assert bool(ended.returncode) is fails, ended.stdout + ended.stderr
        return ended.stdout

    def upgrade(self, name: str, *values: str, fails: bool = False) -> None:
        """Install a release or upgrade it."""
        self.helm(*self._upgrade(name, *values), fails=fails)

    def _upgrade(self, name: str, *values: str) -> list[str]:
        return ["upgrade", "--install", name, str(self._chart), f"--set={','.join(('text=a ä b', *values))}"]

    def interrupted(self, status: str, *values: str, command: t.Sequence[str] = ()) -> None:
        """Kill helm while it waits, which is when the record of the release of this name has this status."""
        arguments = [*command, status] if command else self._upgrade(status, *values)
        with subprocess.Popen(self._command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            wait_for(status, lambda: None if self._listed(status) == [status] else str(self._listed(status)), seconds=60)
            run.kill()

    def _listed(self, name: str) -> list[str]:
        # helm 3 hides what is unfinished unless it is asked for all, and helm 4 has no such flag.
        everything = ["--all"] if self._program == os.environ["HELM3"] else []
        listed = json.loads(self.helm("list", *everything, "--filter", f"^{name}$", "--output", "json"))
        return [each["status"] for each in listed]

    def said(self, name: str) -> tuple[str, str]:
        """The status and the objects of a release as helm says them."""
        said = json.loads(self.helm("status", name, "--output", "json"))["info"]["status"]
        assert self._listed(name) == [said]
        return str(said), self.helm("get", "manifest", name).strip()

    def read(self, name: str) -> tuple[str, str]:
        """The same as the collection reads them."""
        found = records.find(KubernetesApi(self._place.kubeconfig), NAMESPACE, name)
        assert found is not None
        return found.status, found.manifest.strip()


@pytest.mark.parametrize("version", ["HELM3", "HELM4"])
def test_a_release_in_any_state_is_read_as_helm_says_it(place: Appliance, version: str) -> None:
    place.kubectl("create", "namespace", NAMESPACE)
    made = Releases(os.environ[version], place)
    assert records.find(KubernetesApi(place.kubeconfig), NAMESPACE, "deployed") is None
    for _revision in range(11):  # so that their order is not that of their names, and helm has dropped the first one
        made.upgrade("deployed")
    made.upgrade("failed")
    made.upgrade("failed", "wrong=true", fails=True)
    made.upgrade("uninstalled")
    made.helm("uninstall", "uninstalled", "--keep-history")
    made.upgrade("superseded")
    made.upgrade("superseded", "text=other")
    place.kubectl("delete", "secret", "sh.helm.release.v1.superseded.v2")
    made.interrupted("pending-install", "waits=pre-install")
    made.upgrade("pending-upgrade")
    made.interrupted("pending-upgrade", "waits=pre-upgrade")
    made.upgrade("pending-rollback", "waits=pre-rollback")
    made.upgrade("pending-rollback", "waits=pre-rollback", "text=other")
    made.interrupted("pending-rollback", command=["rollback"])
    made.upgrade("uninstalling")
    keep, let_go = (json.dumps({"metadata": {"finalizers": each}}) for each in (["example.org/kept"], None))
    place.kubectl("patch", "configmap", "uninstalling", "--patch", keep)
    made.interrupted("uninstalling", command=["uninstall", "--wait"])
    place.kubectl("patch", "configmap", "uninstalling", "--patch", let_go)

    states = ["deployed", "failed", "uninstalled", "superseded", "uninstalling"]
    states += [f"pending-{what}" for what in ("install", "upgrade", "rollback")]
    said = {name: made.said(name) for name in states}
    assert [said[name][0] for name in states] == states, "each is in the state that it is named for"
    assert {name: made.read(name) for name in states} == said
