# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody who uses the collection's modules on one machine."""

from __future__ import annotations

import datetime
import importlib
import json
import subprocess
import typing as t
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.alga.appliance.plugins.module_utils._adapters import process
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.appliance.node.talos import Simulator
from ansible_collections.alga.appliance.tests.talos import journal
from ansible_collections.alga.appliance.tests.talos.real_machine import WITHOUT_KUBERNETES, RealMachine, client

MODULES = "ansible_collections.alga.appliance.plugins.modules"

CLUSTER = "workshop"
PROGRESS_TIMEOUT = 60
# The steps of the role talos, in its order, up to a bootstrapped etcd.
STEPS = ("alga_talos_secrets", "alga_talos_config", "alga_talos_bootstrap")
# And those that need Kubernetes.
KUBERNETES_STEPS = ("alga_talos_kubeconfig", "alga_talos_health")
_SECONDS = 120


class Target(t.Protocol):
    """A machine as somebody knows it who uses the collection."""

    @property
    def address(self) -> str:
        """Its address, as HOST or HOST:PORT."""


class Controller:
    """Somebody who uses the modules on one machine, with a folder of his own.

    Args:
        folder: for everything he keeps.
        machine: his machine.
        node: the address by which he reaches it; its own when absent.
        kubernetes: the version of Kubernetes that he asks for.
        patches: what he patches into the configuration.
        talosctl: his client.
    """

    def __init__(
        self,
        folder: Path,
        machine: Target,
        *,
        node: str = "",
        kubernetes: str = "",
        patches: Sequence[Mapping[str, Any]] = (),
        talosctl: Path | None = None,
    ) -> None:
        self.folder = folder / "talos"
        self.kubeconfig = folder / "kubeconfig"
        self.address = machine.address
        self.node = node or machine.address
        self.kubernetes = kubernetes
        self.patches = [*patches]
        self.talosctl = talosctl or client()
        # How he runs talosctl.
        self.command: process.Command = process.run

    def options(self, module: str, **options: Any) -> dict[str, Any]:
        """The options of one module."""
        given: dict[str, Any] = {"node": self.node, "folder": str(self.folder), "talosctl": str(self.talosctl)}
        progress_timeout = {"progress_timeout": PROGRESS_TIMEOUT}
        own: dict[str, dict[str, Any]] = {
            "alga_talos_secrets": {"cluster": CLUSTER, "endpoint": self._endpoint()},
            "alga_talos_config": {
                **progress_timeout, "cluster": CLUSTER, "endpoint": self._endpoint(), "mode": "fresh", "install_disk": "/dev/vda",
                "kubernetes_version": self.kubernetes, "patches": self.patches,
            },
            "alga_talos_bootstrap": {**progress_timeout, "cluster": CLUSTER, "mode": "fresh"},
            "alga_talos_kubeconfig": {**progress_timeout, "kubeconfig": str(self.kubeconfig)},
            "alga_talos_health": {**progress_timeout, "kubeconfig": str(self.kubeconfig)},
        }  # fmt: skip
        return {**given, **own.get(module, {}), **options}

    def _endpoint(self) -> str:
        """Kubernetes is reached where the machine is, whatever lies before its API."""
        return f"https://{self.address.partition(':')[0]}:6443"

    def run(self, module: str, *words: str, **options: Any) -> dict[str, Any]:
        """The module's result, answered in this process as the action plugin does."""
        case = importlib.import_module(f"{MODULES}.{module}").USE_CASE
        validated = ArgumentSpecValidator(case.spec).validate(self.options(module, **options))
        assert not validated.error_messages, validated.error_messages
        how = Run(check_mode="--check" in words, diff="--diff" in words, command=self.command)
        try:
            return {**case.answer(validated.validated_parameters, how), "failed": False}
        except ApplianceError as error:
            return {**case.failure(error), "failed": True}

    def done(self, module: str, *words: str, **options: Any) -> dict[str, Any]:
        """The result of a module that must not fail."""
        result = self.run(module, *words, **options)
        assert not result["failed"], result
        return result

    def refused(self, module: str, *words: str, **options: Any) -> dict[str, Any]:
        """The result of a module that must fail."""
        result = self.run(module, *words, **options)
        assert result["failed"], result
        return result

    def printed(self, module: str, *words: str, **options: Any) -> str:
        """What a person sees who runs the module with Ansible."""
        arguments = json.dumps(self.options(module, **options))
        ended = subprocess.run(
            ["ansible", "localhost", "-m", f"alga.appliance.{module}", "-a", arguments, *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=_SECONDS,
        )
        return ended.stdout + ended.stderr

    def road(self, *, to_ready: bool = False) -> list[str]:
        """The command line of all the steps in one play.

        Args:
            to_ready: whether it ends at a Ready node instead of at a bootstrapped etcd.
        """
        steps = (*STEPS, *KUBERNETES_STEPS) if to_ready else STEPS
        return self._play([{f"alga.appliance.{module}": self.options(module)} for module in steps])

    def play(self, module: str, **options: Any) -> list[str]:
        """The command line of one module in a play."""
        return self._play([{f"alga.appliance.{module}": self.options(module, **options)}])

    def _play(self, steps: list[dict[str, Any]]) -> list[str]:
        self.folder.parent.mkdir(exist_ok=True, parents=True)
        playbook = self.folder.parent / "road.yml"
        playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": steps}]))
        return ["ansible-playbook", str(playbook)]

    def client(self, *words: str) -> str:
        """What talosctl says in the folder, with the machine's talosconfig where there is one; it must succeed."""
        opened = ["--talosconfig", "talosconfig"] if (self.folder / "talosconfig").exists() else []
        ended = subprocess.run(
            [str(self.talosctl), *words, *opened], cwd=self.folder, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
        assert ended.returncode == 0, ended
        return ended.stdout

    def state(self) -> str:
        """The machine's state as the collection names it."""
        return str(self.run("alga_talos_state")["state"])

    def up(self, **configuration: Any) -> None:
        """Bring the machine from maintenance mode to a bootstrapped etcd.

        Args:
            configuration: further options of alga_talos_config.
        """
        for module in STEPS:
            self.done(module, **(configuration if module == "alga_talos_config" else {}))

    def kept(self) -> dict[str, bytes]:
        """The secrets and what opens the machine."""
        return {file.name: file.read_bytes() for file in sorted(self.folder.iterdir())}


class RealController(Controller):
    """Somebody with a real machine, who can look into its logs.

    Args:
        folder: for everything he keeps.
        machine: his machine.
        options: as above; without them Kubernetes never comes up.
    """

    def __init__(self, folder: Path, machine: RealMachine, **options: Any) -> None:
        super().__init__(folder, machine, **{"kubernetes": WITHOUT_KUBERNETES, "patches": machine.patches(), **options})
        self.machine = machine
        self._since = datetime.datetime.min.replace(tzinfo=datetime.UTC)

    def forget_requests(self) -> None:
        """Count from here."""
        self._since = datetime.datetime.now(datetime.UTC)

    def requests(self) -> list[journal.Request]:
        """What the machine was asked; it must be configured with the secrets in the folder."""
        found = journal.requests(self.machine, self.folder / "talosconfig")
        return [request for request in found if request.when >= self._since]

    def writing_requests(self) -> list[str]:
        """The names of the requests that may have changed the machine, each as often as it was made."""
        return [request.name for request in self.requests() if request.writes]

    def wait_until_talosctl_calls_it_healthy(self) -> None:
        """Ask Talos's own command, which judges by other means than the collection.

        It lists the nodes once, when it starts; one that is Ready before Talos has labelled it as a control plane is not among
        them, and then it fails at its timeout. So it is started again.
        """

        def unwell() -> str | None:
            health = self.machine.ask("health", "--wait-timeout", "20s", talosconfig=self.folder / "talosconfig")
            return health.stderr if health.returncode else None

        wait_for("talosctl to call the cluster healthy", unwell, seconds=180)


class SimulatedController(Controller):
    """Somebody with a simulated machine."""

    def __init__(self, folder: Path, machine: Simulator) -> None:
        super().__init__(folder, machine)
        self.machine = machine
