# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are made once, for a machine that was seen in maintenance mode, and are shown nowhere."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.alga.appliance.tests.talos.real_machine import RealMachine
from ansible_collections.alga.appliance.tests.talos.talos_controller import STEPS, RealController


def strings(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for item in content.values():
            yield from strings(item)
    else:
        yield str(content)


def test_secrets_are_in_no_output_and_for_their_owner_alone(controller: RealController) -> None:
    outputs = [controller.printed(module, "-vvv", "--diff") for module in STEPS]
    differing = [*controller.patches, {"machine": {"sysctls": {"vm.swappiness": "7"}, "env": {"CANARY": "canary-of-a-patch"}}}]
    outputs.append(controller.printed("alga_talos_config", "-vvv", "--check", "--diff", patches=differing))
    assert "machine.sysctls.vm.swappiness: (absent) -> '7'" in outputs[-1].replace('\\"', '"')
    bundle = yaml.safe_load((controller.folder / "secrets.yaml").read_text())
    secrets = [*(value for group in bundle.values() for value in strings(group)), "canary-of-a-patch"]
    assert len(secrets) > 10
    assert [value for value in secrets for output in outputs if value in output] == []
    assert {stat.S_IMODE(file.stat().st_mode) for file in controller.folder.iterdir()} == {0o600}


def test_secrets_are_never_made_for_a_machine_that_nobody_sees(only_machine: RealMachine, tmp_path: Path) -> None:
    only_machine.cut_power()
    controller = RealController(tmp_path, only_machine)
    refused = controller.refused("alga_talos_secrets")
    assert "maintenance mode" in refused["msg"] and not controller.folder.exists()


def test_what_was_made_for_another_machine_does_not_fit_a_bare_one(configured: RealController, machine: RealMachine) -> None:
    """Somebody put another disk in: the machine is bare again, and the folder has the secrets of before."""
    before = configured.kept()
    machine.make_bare()
    assert configured.done("alga_talos_secrets")["decision"] == "keep"
    assert configured.done("alga_talos_config")["decision"] == "install"
    assert configured.kept() == before and configured.state() == "configured"
