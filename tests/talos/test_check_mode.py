# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode makes no writing request, at whatever stage the machine is.

It is counted in the machine's own log of requests (journal.py). That the log has what is written is shown at every stage by the
step itself, which follows: its one request is counted.
"""

from __future__ import annotations

from ansible_collections.alga.appliance.tests.talos.talos_controller import KUBERNETES_STEPS, STEPS, RealController

READING = ("alga_talos_state", *STEPS, *KUBERNETES_STEPS)


def checked(controller: RealController) -> dict[str, bool]:
    """Run every module in check mode; whether each of those that did not refuse would change something."""
    results = {module: controller.run(module, "--check", "--diff") for module in READING}
    return {module: result["changed"] for module, result in results.items() if not result["failed"]}


def test_check_mode_writes_nothing_at_any_stage(controller: RealController) -> None:
    assert set(checked(controller).values()) == {False, True}
    assert not controller.folder.exists(), "maintenance mode"
    secrets = controller.done("alga_talos_secrets")
    assert secrets["decision"] == "generate" and checked(controller)["alga_talos_config"]

    # Nobody reads the log of a machine in maintenance mode; it has everything since the machine was switched on.
    assert controller.done("alga_talos_config")["changed"]
    assert controller.writing_requests() == ["ApplyConfiguration"], (
        "the control: it is counted, and nothing else was written before"
    )

    controller.forget_requests()
    configured = checked(controller)
    assert (configured["alga_talos_config"], configured["alga_talos_bootstrap"]) == (False, True)
    differing = {"patches": [*controller.patches, {"machine": {"sysctls": {"vm.swappiness": "7"}}}]}
    assert controller.done("alga_talos_config", "--check", "--diff", **differing)["changed"], "a dry run is asked for"
    assert "ApplyConfiguration" not in controller.writing_requests()

    controller.machine.cut_power()
    assert controller.run("alga_talos_config", "--check")["failed"], "it does not answer"
    controller.machine.switch_on()
    checked(controller)
    assert controller.writing_requests() == [], "without power, and on its way up"

    controller.forget_requests()
    assert controller.done("alga_talos_bootstrap")["changed"]
    assert controller.writing_requests() == ["Bootstrap"], "the control"

    controller.forget_requests()
    bootstrapped = checked(controller)
    assert not bootstrapped["alga_talos_config"] and not controller.kubeconfig.exists(), "Kubernetes is down"
    assert controller.writing_requests() == []
    assert controller.done("alga_talos_config", **differing)["changed"]
    assert controller.writing_requests() == ["ApplyConfiguration"], "the control"
