# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the integration tests on three nodes side by side: they wait more than they work, and never share an appliance.

Each lane takes the next file from one queue, the longest files first. With names of tests or files as arguments, one lane
runs those.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import queue
import shlex
import subprocess
import sys
import threading
import time
from pathlib import Path

from node.settings import Settings, from_environment

FOLDER = Path(__file__).parent
LANES = 3
NETWORKS = 2  # of each node


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


class Lane:
    """One node and the tests that run on it, one file after the other."""

    def __init__(self, settings: Settings) -> None:
        fields = dataclasses.asdict(settings)
        own = {f"ALGA_NODE_{name.upper()}": str(value) for name, value in fields.items() if not isinstance(value, bool)}
        self._environment = {**os.environ, **own}

    def node(self, command: str) -> str:
        """Run a command of the node's; ends everything where it fails."""
        ended = subprocess.run(
            [sys.executable, "-m", "node", command], env=self._environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return ended.stdout

    def up(self) -> None:
        """Start the node and learn how to use it."""
        self.node("up")
        words = (line.removeprefix("export ").partition("=") for line in self.node("env").splitlines())
        self._environment |= {name: "".join(shlex.split(value)) for name, _sign, value in words}

    def pytest(self, *arguments: str, quiet: bool) -> subprocess.CompletedProcess[str]:
        """Run pytest on this node."""
        output = subprocess.PIPE if quiet else None
        command = [sys.executable, "-m", "pytest", "-q", *arguments]
        return subprocess.run(
            command, env=self._environment, text=True, check=False, stdout=output, stderr=subprocess.STDOUT if quiet else None
        )


def work(lane: Lane, files: queue.SimpleQueue[Path], verdicts: list[tuple[str, float, str]], speaking: threading.Lock) -> None:
    """Take files until there are none."""
    while True:
        try:
            file = files.get_nowait()
        except queue.Empty:
            return
        start = time.monotonic()
        ended = lane.pytest("--durations=3", str(file), quiet=True)
        verdict = "passed" if ended.returncode == 0 else "FAILED"
        with speaking:
            verdicts.append((verdict, time.monotonic() - start, file.name))
            print(f"\n--> {file.name}: {verdict}\n{ended.stdout}", flush=True)


def main(arguments: list[str]) -> int:
    """Run everything, or what the arguments name; the exit code is 1 where any test failed."""
    settings = from_environment()
    first, *others = Lane(settings), *(Lane(beside(settings, number)) for number in range(1, LANES))
    first.up()
    if arguments:
        return first.pytest(*arguments, quiet=False).returncode
    files: queue.SimpleQueue[Path] = queue.SimpleQueue()
    for file in sorted(FOLDER.glob("test_*.py"), key=lambda each: each.stat().st_size, reverse=True):
        files.put(file)
    verdicts: list[tuple[str, float, str]] = []
    speaking = threading.Lock()
    try:
        for lane in others:
            lane.up()
        threads = [threading.Thread(target=work, args=(lane, files, verdicts, speaking)) for lane in (first, *others)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for lane in others:
            lane.node("down")
    print("\n".join(f"{verdict} {seconds:5.0f} s  {name}" for verdict, seconds, name in verdicts))
    expected = len(list(FOLDER.glob("test_*.py")))
    return 0 if len(verdicts) == expected and all(verdict == "passed" for verdict, _seconds, _name in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
