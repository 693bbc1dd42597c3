# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated machine answers as a real one does: the same requests to both, and their answers side by side.

Compared are the exit code, gRPC's code, what was said and the resources; not compared is what is each machine's own (addresses,
ids, times). Of a real machine's resources the simulated one may lack some; it has none that a real one has not.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.appliance.node.talos import Simulator
from ansible_collections.alga.appliance.tests.talos.real_machine import WITHOUT_KUBERNETES, RealMachine
from ansible_collections.alga.appliance.tests.talos.talosctl import Answer, Client, SimulatedClient

Resources = dict[str, Any]
_STATUS = re.compile(r"code = (\w+) desc = ([^\n]*)")
# Whatever names a machine, or a port of this host.
_OWN = re.compile(r"\d+\.\d+\.\d+\.\d+(:\d+)?")
BOOT = "machine: {env: {GRPC_GO_LOG_SEVERITY_LEVEL: info}}"
NO_BOOT = "machine: {sysctls: {vm.swappiness: '1'}}"


@dataclasses.dataclass
class Both:
    """A real and a simulated machine, and the administrator of each."""

    real: Client
    simulated: SimulatedClient

    def compare(self, *words: str, talosconfig: str = "") -> Answer:
        """Let both answer the same request, and compare the codes and what was said; returns the real one's answer."""
        real, simulated = (ask(each, words, talosconfig) for each in (self.real, self.simulated))
        assert heart(simulated) == heart(real), words
        return real

    def resources(self, kind: str, *, talosconfig: str = "talosconfig") -> tuple[Resources, Resources]:
        """The resources of a kind, of each by their id."""
        answers = [ask(each, ("get", kind, "--output", "json"), talosconfig) for each in (self.real, self.simulated)]
        assert [answer.code for answer in answers] == [0, 0], answers
        real, simulated = (parsed(answer.stdout) for answer in answers)
        return real, simulated


def ask(client: Client, words: Sequence[str], talosconfig: str) -> Answer:
    return client.secure(*words, talosconfig=talosconfig) if talosconfig else client.insecure(*words)


def heart(answer: Answer) -> tuple[int, list[tuple[str, str]]]:
    """What an answer says, without what is one machine's own."""
    return answer.code, [(code, _OWN.sub("", said).strip()) for code, said in _STATUS.findall(answer.stderr)]


def parsed(text: str) -> Resources:
    found: Resources = {}
    while text := text.lstrip():
        item, end = json.JSONDecoder().raw_decode(text)
        found[item["metadata"]["id"]] = item["spec"]
        text = text[end:]
    return found


def keys(spec: Any) -> set[str]:
    return set(spec) if isinstance(spec, dict) else set()


@pytest.fixture(scope="module")
def both(only_machine: RealMachine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Both in maintenance mode at first."""
    only_machine.make_bare()
    folder = tmp_path_factory.mktemp("both")
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text("apiVersion: v1\nkind: Config\n")
    with Simulator(folder / "disk", kubeconfig=kubeconfig) as simulator:
        pair = Both(Client(folder / "real", only_machine), SimulatedClient(folder / "simulated", simulator))
        patches = [word for patch in only_machine.patches() for word in ("--config-patch", json.dumps(patch))]
        for each in (pair.real, pair.simulated):
            each.generate("--kubernetes-version", WITHOUT_KUBERNETES, *patches)
            for name, patch in (("boot", BOOT), ("no-boot", NO_BOOT)):
                each.local("machineconfig", "patch", "controlplane.yaml", "--patch", patch, "--output", f"{name}.yaml")
            (each.folder / "nonsense.yaml").write_text("machine:\n  type: controlplane\n  nonsense: true\n")
        yield pair


def test_in_maintenance_mode(both: Both) -> None:
    assert both.compare("get", "machinestatus").code == 0
    real, simulated = both.resources("machinestatus", talosconfig="")
    assert simulated == real
    for words in (("reset", "--wait=false"), ("get", "machineconfig")):
        assert "PermissionDenied" in both.compare(*words).stderr
    assert "InvalidArgument" in both.compare("apply-config", "--file", "nonsense.yaml").stderr
    assert both.compare("apply-config", "--file", "controlplane.yaml", "--dry-run").code == 0
    # A client that knows an authority does not trust it.
    for each in (both.real, both.simulated):
        assert "x509: certificate signed by unknown authority" in each.secure("version").stderr


def test_configured_and_not_bootstrapped(both: Both) -> None:
    assert both.compare("apply-config", "--file", "controlplane.yaml").code == 0
    # Both have their volumes then, and say what they wait for.
    for each in (both.real, both.simulated):
        wait_for("the volume of etcd", lambda each=each: mounted(each), seconds=60)  # type: ignore[misc]
    real, simulated = (found["machine"] for found in both.resources("machinestatus"))
    assert (simulated["stage"], simulated["status"]["ready"]) == (real["stage"], real["status"]["ready"]) == ("booting", False)
    unmet = [{each["name"] for each in status["status"]["unmetConditions"]} for status in (real, simulated)]
    assert unmet[1] == unmet[0], unmet
    real, simulated = both.resources("services")
    # The kubelet of this one waits for an image that no mirror has.
    assert set(simulated) - {"kubelet"} <= set(real) and "etcd" not in {**real, **simulated}, (sorted(simulated), sorted(real))
    for kind in ("services", "timestatus", "version", "mountstatus", "resolvers"):
        real, simulated = both.resources(kind)
        shown = {frozenset(keys(spec)) for spec in real.values()}
        assert all(any(keys(spec) <= each for each in shown) for spec in simulated.values()), (kind, real, simulated)
    assert both.compare("list", "/var/lib/etcd", talosconfig="talosconfig").code == 0
    # Nobody gets in without a certificate: which words the end of the connection has goes by chance on the real one.
    assert [each.insecure("get", "disks").code for each in (both.real, both.simulated)] == [1, 1]


def mounted(client: Client) -> str | None:
    answer = client.secure("get", "mountstatus", "--output", "json")
    if answer.code:
        return answer.stderr
    targets = [spec["target"] for spec in parsed(answer.stdout).values()]
    return None if "/var/lib/etcd" in targets else ", ".join(targets)


def test_configurations_are_judged_alike(both: Both) -> None:
    assert (
        both.compare("apply-config", "--file", "controlplane.yaml", "--dry-run", talosconfig="talosconfig")
        .stderr.rstrip()
        .endswith("No changes.")
    )
    refused = both.compare("apply-config", "--file", "boot.yaml", "--mode", "no-reboot", talosconfig="talosconfig")
    assert "can't be applied in immediate mode" in refused.stderr
    for words in (("no-boot.yaml", "--mode", "no-reboot"), ("boot.yaml", "--mode", "staged", "--dry-run"), ("nonsense.yaml",)):
        both.compare("apply-config", "--file", *words, talosconfig="talosconfig")


def test_bootstrapped(both: Both) -> None:
    assert both.compare("bootstrap", talosconfig="talosconfig").code == 0
    for each in (both.real, both.simulated):
        wait_for("etcd to run", lambda each=each: running(each), seconds=60)  # type: ignore[misc]
    assert "AlreadyExists" in both.compare("bootstrap", talosconfig="talosconfig").stderr
    real, simulated = both.resources("services")
    assert set(simulated["etcd"]) <= set(real["etcd"]) and simulated["etcd"] == {
        key: real["etcd"][key] for key in simulated["etcd"]
    }
    for words in (("version", "--short"), ("list", "/var/lib/etcd"), ("read", "/proc/sys/kernel/random/boot_id")):
        assert both.compare(*words, talosconfig="talosconfig").code == 0


def running(client: Client) -> str | None:
    answer = client.secure("get", "services", "etcd", "--output", "json")
    found = parsed(answer.stdout).get("etcd", {}) if answer.code == 0 else {}
    return None if found.get("running") and found.get("healthy") else answer.stderr or str(found)
