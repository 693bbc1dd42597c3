# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The road from a bare machine to a Ready node, with clients and machines of several versions of Talos.

It builds each version, which takes long, so `make talos-versions` runs it and `make talos` does not. VERSIONS are the versions,
such as "1.13.0 1.14.1"; the table goes into the file that VERSIONS_TABLE names.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import versions
from ansible_collections.alga.appliance.tests.appliance.talos_machine import site
from ansible_collections.alga.appliance.tests.talos.real_machine import RealMachine, client, place
from ansible_collections.alga.appliance.tests.talos.talos_controller import KUBERNETES_STEPS, STEPS, RealController

VERSIONS = (os.environ.get("VERSIONS") or f"{versions.TALOS} {versions.TALOS_NEXT}").split()
_PROGRESS_TIMEOUT = 300
_ROWS: list[str] = []


@pytest.fixture(params=VERSIONS)
def machine(request: pytest.FixtureRequest) -> Iterator[RealMachine]:
    """A bare machine of one of the versions."""
    made = RealMachine(place(), request.param)
    made.make_bare()
    yield made
    made.remove()


@pytest.mark.parametrize("own", VERSIONS)
def test_the_road_ends_at_a_ready_node_and_again_changes_nothing(machine: RealMachine, own: str, tmp_path: Path) -> None:
    # A configuration is written for the older of both.
    documents = all(site.is_next(version) for version in (own, machine.version))
    patches = site.documents(machine.place) if documents else machine.patches()
    controller = RealController(tmp_path, machine, kubernetes=versions.KUBERNETES, talosctl=client(own), patches=patches)
    waits = {"progress_timeout": _PROGRESS_TIMEOUT}
    took: list[str] = []
    for module in (*STEPS, *KUBERNETES_STEPS):
        began = time.monotonic()
        controller.done(module, **(waits if module != "alga_talos_secrets" else {}))
        took.append(f"{time.monotonic() - began:.0f}")
    controller.wait_until_talosctl_calls_it_healthy()
    state = controller.done("alga_talos_state")
    assert (state["state"], state["evidence"]["version"]) == ("bootstrapped", f"v{machine.version}"), state
    controller.forget_requests()
    before = controller.kept()
    again = [controller.done(module) for module in (*STEPS, *KUBERNETES_STEPS)]
    assert {result["changed"] for result in again} == {False} and controller.writing_requests() == []
    assert controller.kept() == before
    _report(own, machine.version, took)


def _report(own: str, version: str, took: list[str]) -> None:
    _ROWS.append(f"| {own} | {version} | {' | '.join(took)} |")
    if table := os.environ.get("VERSIONS_TABLE"):
        heads = [module.removeprefix("alga_talos_") for module in (*STEPS, *KUBERNETES_STEPS)]
        columns = ["talosctl", "machine", *heads]
        head = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
        Path(table).write_text("\n".join([*head, *_ROWS]) + "\n")
