# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine's configuration is tried before it is applied, and what it holds is in no message."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos.machine_config import MachineConfig, documents
from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos.talosctl import PASSING, Talosctl, TalosRefused
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.tests.unit.complete_machine import NODE, OK, refused, resources
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedCommand

TEXT = "machine: {token: canary}\n"


def config(command: ScriptedCommand) -> MachineConfig:
    return MachineConfig(Talosctl("talosctl", command, NODE, Path("/none")))


def test_the_running_configuration_is_its_documents(ports: Ports) -> None:
    command = ports.command({"get machineconfig": resources(v1alpha1="machine: {}\n---\n---\nkind: X\n")})
    assert config(command).running() == [{"machine": {}}, {"kind": "X"}]


def test_what_is_no_yaml_is_not_repeated() -> None:
    with pytest.raises(ObservationFailed) as raised:
        documents("token: [canary")
    assert "canary" not in raised.value.message


def test_whether_it_needs_a_boot_is_the_machines_judgement_and_changes_nothing(ports: Ports) -> None:
    command = ports.command({"apply-config": OK})
    assert not config(command).needs_reboot(TEXT)
    again = ports.command({"--mode no-reboot": refused("InvalidArgument", "needs a reboot"), "--mode staged": OK})
    assert config(again).needs_reboot(TEXT)
    assert all("--dry-run" in call and "canary" not in call for call in (*command.calls, *again.calls))
    assert command.stdins == [TEXT], "what it holds is on no command line"


@pytest.mark.parametrize("code", ["InvalidArgument", "PermissionDenied", "Unavailable"])
def test_what_the_machine_does_not_take_at_all_is_an_error(ports: Ports, code: str) -> None:
    with pytest.raises(TalosRefused) as raised:
        config(ports.command({"apply-config": refused(code, "unknown keys")})).needs_reboot(TEXT)
    assert raised.value.code == code and "canary" not in raised.value.message


TAKES: tuple[t.Callable[[MachineConfig], str], ...] = (lambda each: each.apply(TEXT, "auto"), lambda each: each.install(TEXT))


@pytest.mark.parametrize("take", TAKES, ids=["apply", "install"])
@pytest.mark.parametrize("code", PASSING)
def test_what_another_try_may_mend_is_said_and_no_error(ports: Ports, take: t.Callable[[MachineConfig], str], code: str) -> None:
    assert "no etcd" in take(config(ports.command({"apply-config": refused(code, "no etcd")})))


@pytest.mark.parametrize("take", TAKES, ids=["apply", "install"])
@pytest.mark.parametrize("code", ["InvalidArgument", "Unknown"])
def test_everything_else_is_one(ports: Ports, take: t.Callable[[MachineConfig], str], code: str) -> None:
    with pytest.raises(TalosRefused):
        take(config(ports.command({"apply-config": refused(code)})))
