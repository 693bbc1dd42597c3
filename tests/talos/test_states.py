# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real machine is named by each of its states, and each step does what check mode said, once."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.alga.appliance.tests.talos.real_machine import RealMachine
from ansible_collections.alga.appliance.tests.talos.talos_controller import STEPS, RealController


def test_each_step_does_once_what_check_mode_said_and_leads_to_the_next_state(
    controller: RealController, machine: RealMachine, tmp_path: Path
) -> None:
    states = [controller.state()]
    for module in STEPS:
        predicted = controller.done(module, "--check")
        assert predicted["changed"], predicted
        done = controller.done(module)
        assert (done["changed"], done["decision"]) == (True, predicted["decision"]), done
        again = controller.done(module, "--check"), controller.done(module)
        assert [result["changed"] for result in again] == [False, False], again
        states.append(controller.state())
    assert states == ["maintenance", "maintenance", "configured", "bootstrapped"]
    assert controller.writing_requests() == ["ApplyConfiguration", "Bootstrap"]
    assert RealController(tmp_path / "elsewhere", machine).state() == "configured_with_other_pki"
    machine.cut_power()
    assert controller.state() == "unreachable"
    machine.switch_on()
    assert not controller.done("alga_talos_config")["changed"], "it boots with what it kept"
    assert controller.state() == "bootstrapped"
