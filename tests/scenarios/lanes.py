# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the integration tests on two grounds side by side; they never share an appliance.

Each lane takes the next file from one queue, the longest files first. Both grounds are beside the usual one, which stays free
for other tests. With names of tests or files as arguments, the usual one alone runs those. GROUND=talos takes real Talos
machines instead of nodes.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.grounds import Ground, Node, TalosMachine
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings, from_environment
from ansible_collections.alga.appliance.tests.appliance.talos_machine import place

FOLDER = Path(__file__).parent
LANES = 2
NETWORKS = 2  # of each node
# Beside the machines of other steps, which may run at the same time.
FIRST_MACHINE = 24


def beside(settings: Settings, number: int) -> Settings:
    """The settings of a further node that meets the others nowhere.

    :param number: how many nodes are before it.
    """
    name = f"beside-{number}"
    root = settings.root.with_name(f"{settings.root.name}-{name}")

    def further(subnet: str) -> str:
        network = ipaddress.IPv4Network(subnet)
        return str(ipaddress.IPv4Network((int(network[0]) + number * NETWORKS * network.num_addresses, network.prefixlen)))

    return dataclasses.replace(
        settings,
        root=root,
        storage=root / "storage",
        bridge=f"{settings.bridge}b{number}",
        name=f"{settings.name}-{name}",
        pod_subnet=further(settings.pod_subnet),
        service_subnet=further(settings.service_subnet),
    )


def grounds() -> list[Ground]:
    """The usual ground first, then one for each lane, of the kind that GROUND names: node, or talos.

    :raises NodeError: there is no such kind.
    """
    kind = os.environ.get("GROUND") or "node"
    if kind == "node":
        usual = from_environment()
        return [Node(usual), *(Node(beside(usual, number + 1)) for number in range(LANES))]
    if kind == "talos":
        first = place.from_environment().number + FIRST_MACHINE
        return [TalosMachine(place.numbered(first + number)) for number in range(1 + LANES)]
    raise NodeError(f"GROUND={kind}: must be node or talos.")


class Lane:
    """One ground and the tests that run on it, one file after the other."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def pytest(self, *arguments: str, quiet: bool) -> subprocess.CompletedProcess[str]:
        """Run pytest on this ground."""
        output = subprocess.PIPE if quiet else None
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *arguments],
            env={**os.environ, **self.ground.environment()},
            text=True,
            check=False,
            stdout=output,
            stderr=subprocess.STDOUT if quiet else None,
        )


class Work:
    """The files that wait for a lane, and the verdicts on those that ran."""

    def __init__(self, files: list[Path]) -> None:
        self._waiting: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for file in files:
            self._waiting.put(file)
        self._expected = len(files)
        self._speaking = threading.Lock()
        self._verdicts: list[tuple[str, float, str]] = []

    def do(self, lane: Lane) -> None:
        """Run one file after the other until none waits."""
        while (file := self._next()) is not None:
            start = time.monotonic()
            ended = lane.pytest("--durations=3", str(file), quiet=True)
            verdict = "passed" if ended.returncode == 0 else "FAILED"
            with self._speaking:
                self._verdicts.append((verdict, time.monotonic() - start, file.name))
                print(f"\n--> {file.name}: {verdict}\n{ended.stdout}", flush=True)

    def give_up(self) -> None:
        """Let no further file begin."""
        while self._next() is not None:
            pass

    def passed(self) -> bool:
        """Print a line for each file; a file without a verdict did not pass."""
        print("\n".join(f"{verdict} {seconds:5.0f} s  {name}" for verdict, seconds, name in self._verdicts))
        return [verdict for verdict, _seconds, _name in self._verdicts] == ["passed"] * self._expected

    def _next(self) -> Path | None:
        try:
            return self._waiting.get_nowait()
        except queue.Empty:
            return None


def main(arguments: list[str]) -> int:
    """Run everything, or what the arguments name; the exit code is 1 where any test failed, and 130 after an interruption."""
    usual, *others = [Lane(ground) for ground in grounds()]
    if arguments:
        usual.ground.up()
        return usual.pytest(*arguments, quiet=False).returncode
    work = Work(sorted(FOLDER.glob("test_*.py"), key=lambda each: each.stat().st_size, reverse=True))
    threads = [threading.Thread(target=work.do, args=(lane,)) for lane in others]
    try:
        for lane, thread in zip(others, threads, strict=True):
            lane.ground.up()
            thread.start()
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        # What runs is interrupted as well: it is of the same process group.
        work.give_up()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
        work.passed()
        return 130
    finally:
        for lane in others:
            lane.ground.down()
    return 0 if work.passed() else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except NodeError as error:
        sys.exit(str(error))
