# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to a real machine are refused, cut, slow or half closed: each step ends in time with a clear message, or ends well.

The machine is named by the address of a proxy (proxy.py), as one behind a forwarded port is.
"""

from __future__ import annotations

import contextlib
import dataclasses
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos import talos_door, talosctl
from ansible_collections.alga.appliance.tests.appliance.node import versions
from ansible_collections.alga.appliance.tests.talos.proxy import NONE, Proxy, Trouble, before
from ansible_collections.alga.appliance.tests.talos.real_machine import RealMachine
from ansible_collections.alga.appliance.tests.talos.talos_controller import STEPS, RealController

# Without progress a step waits so long, and its one command or look that may hang is ended after so long.
PROGRESS_TIMEOUT, COMMAND_SECONDS, DOOR_SECONDS = 1, 4.0, 2.0
LONG = 180
# A step asks the machine some fifteen times, of which only those after the last progress count.
DEADLINE = 60.0
# The machine's part of a TLS handshake has about 1,300 bytes; an answer comes after it.
HANDSHAKE, ANSWER = 700, 2200
FAULTS = {
    "refused": Trouble(refuse=True),
    "cut in the handshake": Trouble(cut_after=HANDSHAKE),
    "cut before an answer": Trouble(cut_after=ANSWER),
    "slow": Trouble(seconds=0.1),
    "silent at once": Trouble(silent_after=0),
    "silent before an answer": Trouble(silent_after=ANSWER),
}


@contextlib.contextmanager
def within(seconds: float, what: str) -> Iterator[None]:
    """Fail where something does not end in time, and end it."""

    def late(*_which: object) -> None:
        pytest.fail(f"{what} did not end within {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclasses.dataclass
class Ordeal:
    """Somebody who reaches his machine through a proxy."""

    controller: RealController
    proxy: Proxy
    # Of the last module that was run.
    connections: int = 0

    def meet(self, module: str, trouble: Trouble, **options: Any) -> bool:
        """Run a module over a fault; whether it ended well."""
        self.proxy.set(trouble)
        with within(DEADLINE, f"{module} over {trouble}"):
            result = self.controller.run(module, **options)
        self.connections = self.proxy.connections
        self.proxy.set(NONE)
        if result["failed"]:
            said = result["msg"]
            assert self.controller.node in said and "Traceback" not in said and said.endswith("."), (module, trouble, said)
        return not result["failed"]

    def meet_all(self, module: str, **options: Any) -> None:
        """Run a module over every fault, and then without one."""
        ended = {name: self.meet(module, trouble, **options) for name, trouble in FAULTS.items()}
        assert ended["slow"] and not ended["refused"], (module, ended)
        self.controller.done(module, **({"progress_timeout": LONG} if "progress_timeout" in options else {}))

    def meet_at_every_connection(self, module: str, fault: Trouble, **options: Any) -> None:
        """Let one connection of the module's after the other meet a fault; and then none."""
        number = 1
        while self.meet_one(module, dataclasses.replace(fault, only=number), **options):
            number += 1
        assert number > 1, "it makes connections"
        self.controller.done(module, **({"progress_timeout": LONG} if "progress_timeout" in options else {}))

    def meet_one(self, module: str, trouble: Trouble, **options: Any) -> bool:
        """Run a module over a fault of one connection; whether there was that connection."""
        self.meet(module, trouble, **options)
        return self.connections >= trouble.only


@pytest.fixture
def ordeal(machine: RealMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ordeal]:
    monkeypatch.setattr(talosctl, "_SECONDS", dict.fromkeys(talosctl._SECONDS, COMMAND_SECONDS))
    monkeypatch.setattr(talos_door, "_SECONDS", DOOR_SECONDS)
    with before(machine.address) as proxy:
        # A bootstrap whose answer was lost is known for ours by its Kubernetes.
        controller = RealController(tmp_path, machine, node=proxy.address, kubernetes=versions.KUBERNETES)
        controller.patches = [*controller.patches, {"machine": {"certSANs": ["127.0.0.1"]}}]
        yield Ordeal(controller, proxy)


def test_every_step_over_every_fault(ordeal: Ordeal) -> None:
    controller = ordeal.controller
    for module in ("alga_talos_state", *STEPS):
        options = {"progress_timeout": PROGRESS_TIMEOUT} if module in STEPS[1:] else {}
        if module == "alga_talos_state":
            for trouble in FAULTS.values():
                assert ordeal.meet(module, trouble)
            continue
        ordeal.meet_all(module, **options)
    kubeconfig = {"progress_timeout": PROGRESS_TIMEOUT}
    ordeal.meet_all("alga_talos_kubeconfig", **kubeconfig)
    controller.done("alga_talos_health", progress_timeout=LONG)
    ordeal.meet_all("alga_talos_health", **kubeconfig)
    assert controller.state() == "bootstrapped"
    wrote = controller.writing_requests()
    assert wrote.count("ApplyConfiguration") == 1 and set(wrote) == {"ApplyConfiguration", "Bootstrap"}, wrote


def test_a_fault_at_every_connection_of_every_step(ordeal: Ordeal) -> None:
    controller = ordeal.controller
    for module in STEPS:
        options = {"progress_timeout": PROGRESS_TIMEOUT} if module in STEPS[1:] else {}
        ordeal.meet_at_every_connection(module, Trouble(cut_after=ANSWER), **options)
    assert controller.state() == "bootstrapped"
    wrote = controller.writing_requests()
    assert wrote.count("ApplyConfiguration") == 1 and set(wrote) == {"ApplyConfiguration", "Bootstrap"}, wrote
