# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real machine whose Kubernetes is up: whose the cluster is, what opens it, what it lacks.

One machine, from its first bootstrap, in which somebody else is faster, to the loss of its configuration.
"""

from __future__ import annotations

import datetime
import io
import json
import os
import stat
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._adapters import process
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos import talos_bootstrap
from ansible_collections.alga.appliance.tests.appliance.documented import Counts, play
from ansible_collections.alga.appliance.tests.appliance.node import programs, versions
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.talos.real_machine import RealMachine
from ansible_collections.alga.appliance.tests.talos.talos_controller import CLUSTER, STEPS, RealController

_PROGRESS_TIMEOUT = 180


@pytest.fixture(scope="module")
def owner(only_machine: RealMachine, tmp_path_factory: pytest.TempPathFactory) -> RealController:
    """Somebody whose machine has its configuration, and is to run Kubernetes."""
    only_machine.make_bare()
    controller = RealController(tmp_path_factory.mktemp("owner"), only_machine, kubernetes=versions.KUBERNETES)
    controller.done("alga_talos_secrets")
    controller.done("alga_talos_config")
    return controller


def test_somebody_who_bootstraps_between_our_look_and_our_request_bootstraps_our_machine(
    owner: RealController, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine, opens = owner.machine, owner.folder / "talosconfig"
    ended: list[str] = []

    def slower(arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
        if arguments[1] != "bootstrap":
            return process.run(arguments, stdin, seconds=seconds)
        first = machine.ask("bootstrap", talosconfig=opens)
        assert first.returncode == 0, first.stderr
        wait_for("etcd's first file", lambda: None if machine.etcd_files() else "there is none", seconds=_PROGRESS_TIMEOUT)
        code, output, error = process.run(arguments, stdin, seconds=seconds)
        ended.append(error)
        return code, output, error

    monkeypatch.setattr(owner, "command", slower)
    result = owner.done("alga_talos_bootstrap", progress_timeout=_PROGRESS_TIMEOUT)
    assert result["changed"] and len(ended) == 1 and "code = AlreadyExists" in ended[0], (result, ended)
    outcomes = [request.outcome for request in owner.requests() if request.name == "Bootstrap"]
    assert outcomes == ["OK", "AlreadyExists"], "the second was refused, and the cluster proved to be ours"
    assert (owner.folder / "cluster.json").exists()


def test_the_kubeconfig_opens_the_cluster_and_is_kept_while_it_does(owner: RealController, tmp_path: Path) -> None:
    owner.forget_requests()
    assert owner.done("alga_talos_kubeconfig")["changed"]
    assert stat.S_IMODE(owner.kubeconfig.stat().st_mode) == 0o600
    first = owner.kubeconfig.read_bytes()
    assert owner.done("alga_talos_kubeconfig")["changed"] is False and owner.kubeconfig.read_bytes() == first
    # One of another cluster, or one that was cut short, is written anew.
    content = yaml.safe_load(first)
    content["clusters"][0]["cluster"]["certificate-authority-data"] = other_authority(owner, tmp_path)
    for text in (yaml.safe_dump(content), first.decode()[:100], ""):
        owner.kubeconfig.write_text(text)
        assert owner.done("alga_talos_kubeconfig", "--check")["changed"] and owner.kubeconfig.read_text() == text
        assert owner.done("alga_talos_kubeconfig")["changed"]
    assert owner.writing_requests() == []


def other_authority(owner: RealController, folder: Path) -> str:
    """The authority of a cluster that is not this one."""
    other = RealController(folder / "other", owner.machine)
    other.folder.mkdir(parents=True)
    other.client("gen", "secrets", "--output-file", "secrets.yaml")
    return str(yaml.safe_load((other.folder / "secrets.yaml").read_text())["certs"]["k8s"]["crt"])


def test_the_machine_becomes_fit_for_an_appliance_and_what_it_lacks_is_named(owner: RealController) -> None:
    owner.forget_requests()
    health = owner.done("alga_talos_health", progress_timeout=_PROGRESS_TIMEOUT)
    assert (health["decision"], health["evidence"]["lacks"]) == ("proceed", []), health
    owner.wait_until_talosctl_calls_it_healthy()
    lacking = owner.refused("alga_talos_health", progress_timeout=1, storage_class="gold")
    assert "StorageClass gold does not exist" in lacking["msg"], lacking
    assert owner.writing_requests() == []


def test_a_second_run_changes_nothing(owner: RealController) -> None:
    owner.forget_requests()
    before, running = owner.kept(), owner.machine.configuration()
    for mode in ("fresh", "recover"):
        for module in (*STEPS, "alga_talos_kubeconfig", "alga_talos_health"):
            given = {"mode": mode} if module in STEPS[1:] else {}
            assert owner.done(module, **given)["changed"] is False, module
    assert (owner.kept(), owner.machine.configuration(), owner.writing_requests()) == (before, running, [])


def test_a_cluster_without_a_record_proves_to_be_ours(owner: RealController) -> None:
    """Somebody bootstrapped it by hand: talosctl leaves no record in the folder."""
    record = owner.folder / "cluster.json"
    text = record.read_text()
    record.unlink()
    kept = owner.done("alga_talos_bootstrap", progress_timeout=_PROGRESS_TIMEOUT)
    assert (kept["changed"], kept["decision"], record.read_text()) == (False, "keep", text)


def test_what_describes_a_machine_is_gathered_once_and_for_the_operators_own_recipients(
    owner: RealController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity, plain, encrypted = tmp_path / "identity", tmp_path / "support.zip", tmp_path / "support.age"
    age, keygen = (programs.kept(programs.of(name)) for name in ("age", "age-keygen"))
    made = subprocess.run([keygen, "-o", identity], capture_output=True, text=True, check=True)
    recipient = made.stderr.partition("Public key: ")[2].strip()
    monkeypatch.setenv("PATH", f"{age.parent}:{os.environ['PATH']}")
    owner.forget_requests()
    assert owner.done("alga_talos_support", "--check", file=str(plain))["changed"] and not plain.exists()
    owner.done("alga_talos_support", file=str(plain))
    owner.done("alga_talos_support", file=str(encrypted), recipients=[recipient])
    assert "alga_talos_support_file" in owner.refused("alga_talos_support", file=str(plain))["msg"]
    opened = subprocess.run([age, "--decrypt", "--identity", identity, encrypted], capture_output=True, check=True)
    assert zipfile.is_zipfile(plain) and zipfile.is_zipfile(io.BytesIO(opened.stdout)) and not zipfile.is_zipfile(encrypted)
    assert {stat.S_IMODE(file.stat().st_mode) for file in (plain, encrypted)} == {0o600}
    assert owner.writing_requests() == []


def test_the_examples_of_the_documentation_that_change_no_machine_run(owner: RealController, tmp_path: Path) -> None:
    """Each alone, as it is printed; check mode shows the others (test_kubernetes.py)."""
    literals = {
        "192.0.2.10": owner.machine.address,
        "/etc/appliance/talos": str(owner.folder),
        "/etc/appliance/kubeconfig": str(tmp_path / "kubeconfig"),
        "/root/workshop.support.age": str(tmp_path / "workshop.support.age"),
    }
    here = {"talosctl": owner.talosctl, "age": programs.kept(programs.of("age"))}
    owner.forget_requests()
    modules = [f"alga_talos_{name}" for name in ("state", "kubeconfig", "health", "support", "secrets")]
    counts, output = play(modules, folder=tmp_path, programs=here, literals=literals)
    changing = {"alga_talos_kubeconfig": 1, "alga_talos_support": 1}
    assert counts == {module: Counts(1, changing.get(module, 0), 0, 0) for module in modules}, output
    assert (tmp_path / "workshop.support.age").read_bytes().startswith(b"age-encryption.org/") and owner.writing_requests() == []


def test_kubernetes_is_down_and_said_to_be(owner: RealController) -> None:
    """The machine boots: its API answers long before Kubernetes does."""
    owner.machine.cut_power()
    owner.machine.switch_on()
    refused = owner.refused("alga_talos_health", progress_timeout=0)
    assert "is not ready" in refused["msg"] or "Gave up waiting for" in refused["msg"], refused
    assert owner.done("alga_talos_kubeconfig")["changed"] is False, "a cluster that does not answer says nothing about the file"
    assert owner.done("alga_talos_bootstrap")["changed"] is False


def test_a_cluster_that_is_older_than_the_secrets_is_somebody_elses(
    owner: RealController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk with the configuration was wiped, the one with etcd's data was not."""
    # Here the cluster is a few minutes older, not days.
    monkeypatch.setattr(talos_bootstrap, "_CLOCKS", datetime.timedelta(seconds=0))
    owner.machine.cut_power()
    owner.machine.lose_configuration()
    owner.machine.switch_on()
    finder = RealController(tmp_path, owner.machine, kubernetes=versions.KUBERNETES)
    wait_for("maintenance mode", lambda: None if (seen := finder.state()) == "maintenance" else seen, seconds=60)
    finder.done("alga_talos_secrets")
    finder.done("alga_talos_config")
    refusals: Sequence[str] = [
        finder.refused("alga_talos_bootstrap", progress_timeout=_PROGRESS_TIMEOUT)["msg"] for _time in range(2)
    ]
    assert "before the secrets" in refusals[0] and refusals[0] == refusals[1], "a second run takes it for nobody else's either"
    assert not (finder.folder / "cluster.json").exists() and "Bootstrap" not in finder.writing_requests()
    assert json.loads((owner.folder / "cluster.json").read_text()) == {"cluster": CLUSTER}
