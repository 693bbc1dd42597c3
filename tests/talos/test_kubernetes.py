# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes is upgraded by the real talosctl, on a simulated machine with a real API server."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.alga.appliance.tests.appliance.documented import MODULES, play
from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.talos.cluster import Kubelet, api_server
from ansible_collections.alga.appliance.tests.talos.talos_controller import CLUSTER, SimulatedController

OLD, NEW = "v1.35.4", "v1.36.1"
MODULE = "alga_talos_upgrade_kubernetes"
CONFIRMED = {"cluster": CLUSTER, "confirm": CLUSTER, "version": NEW}


@pytest.fixture
def controller(simulated: SimulatedController) -> SimulatedController:
    """Somebody who has a simulated machine: an upgrade needs images of two versions of Kubernetes, and one is built here."""
    return simulated


@pytest.fixture
def kubelet(controller: SimulatedController, tmp_path: Path, kubeconfig: Path) -> Iterator[Kubelet]:
    """A machine that runs the older Kubernetes."""
    with api_server(tmp_path / "cluster", kubeconfig):
        controller.up(kubernetes_version=OLD)
        controller.machine.forget_calls()
        with Kubelet(controller.machine, controller.folder / "talosconfig", kubeconfig) as running:
            yield running


def writing(controller: SimulatedController) -> list[str]:
    """What was written; images that are pulled before change nothing of what runs."""
    return [name for name in controller.machine.writing_calls() if name != "ImagePull"]


def converged(controller: SimulatedController) -> dict[str, Any]:
    """What the configuration's module says in a recovery whose options still name the version of the first run."""
    return controller.run("alga_talos_config", mode="recover", kubernetes_version=OLD)


def test_kubernetes_goes_to_the_next_minor_version_and_every_part_is_there(
    controller: SimulatedController, kubelet: Kubelet
) -> None:
    predicted = controller.run(MODULE, "--check", "--diff", **CONFIRMED)
    assert predicted["changed"] and predicted["diff"] == {"before": f"{OLD}\n", "after": f"{NEW}\n"}, predicted
    unconfirmed = controller.run(MODULE, **{**CONFIRMED, "confirm": ""})
    assert unconfirmed["failed"] and CLUSTER in unconfirmed["msg"] and OLD in unconfirmed["msg"], unconfirmed
    assert writing(controller) == [] and set(kubelet.versions().values()) == {OLD}

    done = controller.run(MODULE, **CONFIRMED)
    assert done["changed"] and not done["failed"], done["msg"]
    assert set(kubelet.versions().values()) == {NEW} and "kube-proxy" in kubelet.versions()
    assert set(writing(controller)) == {"ApplyConfiguration"}

    controller.machine.forget_calls()
    kept = controller.run(MODULE, **{**CONFIRMED, "confirm": ""})
    assert (kept["changed"], kept["decision"]) == (False, "keep"), kept
    assert converged(controller)["changed"] is False, "an upgrade is no drift, whatever the first run asked for"
    assert controller.machine.writing_calls() == []


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("v1.34.2", "does not support downgrades"),
        ("1.37.0", "through each minor version"),
        ("latest", "alga_talos_kubernetes_version is 'latest'"),
    ],
)
def test_another_way_is_refused_before_anything_is_touched(
    controller: SimulatedController, kubelet: Kubelet, version: str, said: str
) -> None:
    refused = controller.run(MODULE, **{**CONFIRMED, "version": version})
    assert refused["failed"] and said in refused["msg"], refused
    assert controller.machine.writing_calls() == []


def test_a_machine_that_is_not_well_is_not_upgraded(controller: SimulatedController, kubelet: Kubelet) -> None:
    controller.machine.set_faults(time_not_in_sync=True)
    refused = controller.run(MODULE, **CONFIRMED)
    assert refused["failed"] and "not healthy: time" in refused["msg"], refused
    assert controller.machine.writing_calls() == []


@pytest.mark.parametrize("written", [1, 3, 5])
def test_what_was_killed_in_between_stays_as_it_is_and_goes_on(
    controller: SimulatedController, kubelet: Kubelet, written: int
) -> None:
    """The parts are of different versions then; to bring them to the kubelet's would take the API server back."""
    playbook = controller.play(MODULE, **CONFIRMED)
    with subprocess.Popen(playbook, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 60
        while writing(controller).count("ApplyConfiguration") < written and process.poll() is None and time.monotonic() < until:
            threading.Event().wait(0.02)
        assert process.poll() is None, "it was to be killed before its end"
        processes.kill_family(process.pid)
    controller.machine.forget_calls()
    assert converged(controller)["changed"] is False and writing(controller) == []
    done = controller.run(MODULE, **CONFIRMED)
    assert done["changed"] and not done["failed"], done["msg"]
    assert set(kubelet.versions().values()) == {NEW}


def test_a_dry_run_of_talosctl_writes_and_so_is_not_used(controller: SimulatedController, kubelet: Kubelet) -> None:
    talosctl = [str(controller.options("")["talosctl"]), "--talosconfig", str(controller.folder / "talosconfig")]
    host = controller.machine.address
    subprocess.run(
        [*talosctl, "--nodes", host, "--endpoints", host, "upgrade-k8s", "--to", NEW.removeprefix("v"), "--dry-run"],
        capture_output=True,
        check=True,
    )
    assert "ApplyConfiguration" in controller.machine.writing_calls()


def test_the_examples_of_the_documentation_run(controller: SimulatedController, kubelet: Kubelet, tmp_path: Path) -> None:
    """Each alone, and in check mode: for what they would do they need machines in as many states (test_ready.py)."""
    modules = sorted(file.stem for file in MODULES.glob("alga_talos_*.py"))
    literals = {
        "192.0.2.10": controller.machine.address,
        "/etc/appliance/talos": str(controller.folder),
        "/etc/appliance/kubeconfig": str(tmp_path / "kubeconfig"),
        "/dev/sda": "/dev/vda",
    }
    programs = {"talosctl": Path(controller.options("")["talosctl"])}
    counts, output = play(modules, "--check", folder=tmp_path, programs=programs, literals=literals)
    assert {module: (each.ran, each.failed) for module, each in counts.items()} == dict.fromkeys(modules, (1, 0)), output
    assert controller.machine.writing_calls() == []
