# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What plays cost the controller: playbooks beside this file, and the CPU time of whatever is run.

CPU time is that of ansible-playbook and of every process it started, user and system, as the kernel adds it up for children
that were waited for: it counts neither waiting nor the node.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import typing as t
from pathlib import Path

BENCH = Path(__file__).parent
NOTHING = "nothing"
REPETITIONS = 3


def cpu_seconds(run: t.Callable[[], object]) -> float:
    """The CPU time of every process that something starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def verdict(met: bool) -> str:
    """The first words of a line about a goal."""
    return "Goal met" if met else "Goal not met"


class Controller:
    """Plays against one appliance that the inventory names many times."""

    def __init__(self, folder: Path, kubeconfig: str) -> None:
        self.folder = folder
        self.kubeconfig = kubeconfig

    def play(self, playbook: str, hosts: int = 1, **variables: str) -> None:
        """Run a playbook, one fork at a time, which keeps tasks from disturbing each other; its output is shown if it failed."""
        names = [f"appliance-{number}" for number in range(hosts)]
        shared = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
        }
        inventory = self.folder / "bench.json"
        inventory.write_text(json.dumps({"appliances": {"hosts": dict.fromkeys(names), "vars": shared}}))
        extra = json.dumps({"bench_kubeconfig": self.kubeconfig, **variables})
        file = f"{BENCH / playbook}.yml"
        command = ["ansible-playbook", "--forks=1", f"--inventory={inventory}", f"--extra-vars={extra}", file]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            sys.exit(f"{ended.stdout}{ended.stderr}\n{playbook}.yml failed.")

    def seconds(self, playbook: str, hosts: int = 1) -> float:
        """The CPU time of a playbook on so many hosts."""
        return cpu_seconds(lambda: self.play(playbook, hosts))
