# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another version of Kubernetes: after a confirmation, from a healthy machine, and over only when every part has it."""

from __future__ import annotations

import contextlib
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import APPS, path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos import talos_door
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos import Door
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_site import Site
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_upgrade_kubernetes import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit import complete_machine as machine
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, Output, Then, then

PROXY = path("daemonsets", "kube-system", "kube-proxy", group=APPS)


def config(version: str) -> t.Any:
    """The running configuration, with each part's image."""
    named = {
        name: {"image": f"registry.k8s.io/{image}:{version}"}
        for name, image in {
            "apiServer": "kube-apiserver",
            "controllerManager": "kube-controller-manager",
            "scheduler": "kube-scheduler",
        }.items()
    }
    proxy = {"proxy": {"image": f"registry.k8s.io/kube-proxy:{version}"}}
    content = {"machine": {"kubelet": {"image": f"ghcr.io/siderolabs/kubelet:{version}"}}, "cluster": {**named, **proxy}}
    return machine.resources(v1alpha1=yaml.safe_dump(content))


def node(version: str, ready: str = "True") -> list[dict[str, t.Any]]:
    status = {"nodeInfo": {"kubeletVersion": version}, "conditions": [{"type": "Ready", "status": ready}]}
    return [{"metadata": {"name": "n1"}, "spec": {}, "status": status}]


class Asked:
    """The module on a machine that runs one version, and after the upgrade another."""

    def __init__(self, ports: Ports, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.ports, self.monkeypatch, self.folder = ports, monkeypatch, folder
        monkeypatch.setattr(talos_door, "look", lambda *_machine: (Door.OURS, ""))

    def perform(
        self,
        wanted: str = "1.36.1",
        *,
        nodes: Answer | Then = None,
        upgrade: t.Any = machine.OK,
        confirm: str = "workshop",
        check_mode: bool = False,
        runs: t.Sequence[str] = ("v1.36.0", "v1.36.1"),
        progress_timeout: float = 1,
        **changed: t.Any,
    ) -> t.Any:
        found = then(*(node(version) for version in runs)) if nodes is None else nodes
        api = self.ports.api({}, there={complete.NODES: found, PROXY: None})
        self.monkeypatch.setattr(Site, "cluster", lambda _site: contextlib.nullcontext(api))
        answers = {**machine.bootstrapped(**changed), "get machineconfig": [config(version) for version in runs]}
        self.command = self.ports.command(there={**answers, "upgrade-k8s": upgrade})
        options = machine.options(str(self.folder), version=wanted, confirm=confirm, progress_timeout=progress_timeout)
        return USE_CASE.answer(options, complete.run(check_mode=check_mode, command=self.command))

    @property
    def upgrades(self) -> int:
        return sum("upgrade-k8s" in call for call in self.command.calls)


@pytest.fixture
def asked(ports: Ports, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    return Asked(ports, monkeypatch, tmp_path)


def test_every_part_has_it_at_the_end(asked: Asked) -> None:
    result = asked.perform()
    assert (result["decision"], result["changed"], asked.upgrades) == ("upgrade", True, 1)


def test_a_second_run_has_nothing_to_do(asked: Asked) -> None:
    result = asked.perform(runs=["v1.36.1"], confirm="")
    assert (result["decision"], result["changed"], asked.upgrades) == ("keep", False, 0)


def test_check_mode_upgrades_nothing_and_asks_for_no_confirmation(asked: Asked) -> None:
    assert asked.perform(check_mode=True, confirm="")["changed"] and asked.upgrades == 0


@pytest.mark.parametrize("typed", ["", "yes", "other"])
def test_without_the_clusters_name_nothing_is_touched(asked: Asked, typed: str) -> None:
    with pytest.raises(Refused, match=r"[Nn]othing was"):
        asked.perform(confirm=typed)
    assert asked.upgrades == 0


@pytest.mark.parametrize("wanted", ["", "latest", "1.36"])
def test_what_is_no_version_is_refused_before_the_machine_is_asked(asked: Asked, wanted: str) -> None:
    with pytest.raises(Refused, match=r"alga_talos_kubernetes_version"):
        asked.perform(wanted)
    assert asked.command.calls == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nodes": node("v1.36.0", "Unknown")}, "not Ready: n1"),
        ({"nodes": []}, "it has no node"),
        ({"wanted": "1.35.0"}, "1.35.0"),
    ],
)
def test_what_is_not_ready_or_goes_back_is_not_begun(asked: Asked, given: t.Any, said: str) -> None:
    with pytest.raises(Refused, match=rf"{said}"):
        asked.perform(**given)
    assert asked.upgrades == 0


def status(*reasons: str) -> Output:
    """A machine that runs and does not meet the condition of its services, for each of the reasons."""
    unmet = [{"name": "services", "reason": reason} for reason in reasons]
    return machine.resources(machine={"stage": "running", "status": {"unmetConditions": unmet}})


def test_a_service_that_missed_one_probe_is_waited_for(asked: Asked) -> None:
    assert asked.perform(machinestatus=[status("kubelet not healthy"), status()])["changed"] and asked.upgrades == 1


def test_a_machine_that_stays_unhealthy_is_not_upgraded_and_says_why(asked: Asked) -> None:
    with pytest.raises(ApplianceError, match=r"services: kubelet not healthy\. Nothing was changed"):
        asked.perform(machinestatus=status("kubelet not healthy"), progress_timeout=0)
    assert asked.upgrades == 0


def test_check_mode_says_at_once_that_a_machine_is_unhealthy(asked: Asked) -> None:
    with pytest.raises(Refused, match=r"not healthy: services: kubelet not healthy\. Nothing was changed"):
        asked.perform(machinestatus=[status("kubelet not healthy"), status()], check_mode=True)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_nodes_that_could_not_be_read_are_not_none_f27(asked: Asked, answer: t.Any) -> None:
    with pytest.raises(ApplianceError):
        asked.perform(nodes=answer)
    assert asked.upgrades == 0


def test_an_upgrade_that_was_cut_off_says_how_to_go_on(asked: Asked) -> None:
    with pytest.raises(ApplianceError, match=r"etcd"):
        asked.perform(upgrade=machine.refused("Unavailable", "etcd"))


def test_one_whose_kubelet_never_comes_is_not_taken_for_done(asked: Asked) -> None:
    with pytest.raises(ApplianceError, match=r"to run v1\.36\.1"):
        asked.perform(runs=["v1.36.0"], progress_timeout=0)
