# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody who uses the collection's modules on a simulated machine."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from node import cache
from node.talos import Simulator

from ansible_collections.alga.appliance.plugins.module_utils._adapters import process
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run

USE_CASES = "ansible_collections.alga.appliance.plugins.module_utils._use_cases"

CLUSTER = "workshop"
PATIENCE = 20
STEPS: dict[str, dict[str, Any]] = {
    "alga_talos_secrets": {"cluster": CLUSTER},
    "alga_talos_config": {"cluster": CLUSTER, "mode": "fresh", "install_disk": "/dev/vda", "patience": PATIENCE},
    "alga_talos_bootstrap": {"cluster": CLUSTER, "mode": "fresh", "patience": PATIENCE},
}
_SECONDS = 60


class Controller:
    """Somebody who uses the modules on one machine, with a folder of his own."""

    def __init__(self, folder: Path, machine: Simulator) -> None:
        self.folder = folder / "talos"
        self.machine = machine

    def options(self, module: str, **options: Any) -> dict[str, Any]:
        """The options of one module."""
        program = os.environ.get("TALOSCTL") or str(cache.folder() / "bin" / "talosctl")
        given = {"node": self.machine.address, "folder": str(self.folder), "talosctl": program}
        return {**given, **STEPS.get(module, {}), **options}

    def run(self, module: str, *words: str, **options: Any) -> dict[str, Any]:
        """The module's result, answered in this process as the action plugin does."""
        case = importlib.import_module(f"{USE_CASES}.{module.removeprefix('alga_')}").USE_CASE
        validated = ArgumentSpecValidator(case.spec).validate(self.options(module, **options))
        assert not validated.error_messages, validated.error_messages
        how = Run(check_mode="--check" in words, diff="--diff" in words, command=process.run)
        try:
            return {**case.answer(validated.validated_parameters, how), "failed": False}
        except ApplianceError as error:
            return {"failed": True, "changed": False, "msg": error.message, "evidence": error.evidence}

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

    def road(self) -> list[str]:
        """The command line of all the steps in one play."""
        return self._play([{f"alga.appliance.{module}": self.options(module)} for module in STEPS])

    def play(self, module: str, **options: Any) -> list[str]:
        """The command line of one module in a play."""
        return self._play([{f"alga.appliance.{module}": self.options(module, **options)}])

    def _play(self, steps: list[dict[str, Any]]) -> list[str]:
        self.folder.parent.mkdir(exist_ok=True)
        playbook = self.folder.parent / "road.yml"
        playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": steps}]))
        return ["ansible-playbook", str(playbook)]

    def state(self) -> str:
        """The machine's state as the collection names it."""
        return str(self.run("alga_talos_state")["state"])

    def up(self, **configuration: Any) -> None:
        """Bring the machine from maintenance mode to a bootstrapped etcd.

        Args:
            configuration: further options of alga_talos_config.
        """
        for module in STEPS:
            result = self.run(module, **(configuration if module == "alga_talos_config" else {}))
            assert not result["failed"], result

    def kept(self) -> dict[str, bytes]:
        """The secrets and what opens the machine."""
        return {file.name: file.read_bytes() for file in sorted(self.folder.iterdir())}
