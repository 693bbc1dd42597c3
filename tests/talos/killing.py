# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The road from a bare machine to a Ready node, killed on the way, and what was under way then."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import time
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.talos.talos_controller import RealController

_TASK = re.compile(r"^TASK \[(?:alga\.appliance\.)?alga_talos_(\w+)\]", re.MULTILINE)
_RESULT = re.compile(r"^(ok|changed|fatal|failed): \[localhost\]", re.MULTILINE)
_ROAD_SECONDS = 600.0
# Roughly how long each step takes on two cores; an instant is a share of it after the step began.
STEPS = {"secrets": 1.0, "config": 4.0, "bootstrap": 8.0, "health": 15.0}


@dataclasses.dataclass(frozen=True)
class Instant:
    """When a run is killed: so many seconds after a step began."""

    step: str
    seconds: float


@dataclasses.dataclass(frozen=True)
class Kill:
    """One kill and the run after it.

    Attributes:
        instant: when it was to fall.
        seconds: of the run until then.
        under_way: what ran: the step, and the command of talosctl's or "between two commands"; empty where the run had ended.
        then: what the next run did: for each step that it met whether it changed something.
        then_seconds: of the next run, until it ended or was killed as well.
    """

    instant: Instant
    seconds: float
    under_way: str
    then: str = ""
    then_seconds: float = 0.0


def instants(life: int, lives: int) -> list[Instant]:
    """The instants of one of so many lives: one in each step, as far into it as the life is among the lives."""
    return [Instant(step, seconds * (life + 0.5) / lives) for step, seconds in STEPS.items()]


class Run:
    """One run of the road, with its output in a file."""

    def __init__(self, controller: RealController) -> None:
        road = controller.road(to_ready=True)
        self._output = controller.folder.parent / "output"
        self._began = time.monotonic()
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(road, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    @property
    def ended(self) -> bool:
        """Whether nothing runs any more."""
        return self._process.poll() is not None

    def kill(self, instant: Instant) -> str:
        """Kill it, with everything that it started, at an instant; returns what was under way, and nothing where it had ended."""
        wait_for(f"the step {instant.step}", lambda: self._before(instant.step), seconds=_ROAD_SECONDS, interval=0.02)
        try:
            self._process.wait(timeout=instant.seconds)
        except subprocess.TimeoutExpired:
            pass
        else:
            return ""
        # Workers live in sessions of their own.
        family = processes.frozen_family(self._process.pid)
        under_way = self._under_way(family)
        processes.kill(family)
        self._process.wait()
        return under_way

    def end(self) -> str:
        """Let it come to its end, which must be a good one; returns what it did."""
        code = self._process.wait(timeout=_ROAD_SECONDS)
        assert code == 0, self.text()
        return self.did()

    def did(self) -> str:
        """For each step that came to a result whether it changed something."""
        text = self.text()
        tasks = [*_TASK.finditer(text)]
        ends = [*(task.start() for task in tasks[1:]), len(text)]
        found = []
        for task, end in zip(tasks, ends, strict=True):
            result = _RESULT.search(text, task.end(), end)
            if result:
                found.append(f"{task.group(1)} {result.group(1)}")
        return ", ".join(found)

    def text(self) -> str:
        """What it printed so far."""
        return self._output.read_text(errors="replace")

    def _before(self, step: str) -> str | None:
        seen = [task.group(1) for task in _TASK.finditer(self.text())]
        return None if step in seen or self.ended else f"steps so far: {', '.join(seen)}"

    def _under_way(self, family: list[int]) -> str:
        step = ([task.group(1) for task in _TASK.finditer(self.text())] or ["before the first step"])[-1]
        for pid in family:
            words = processes.command_line(pid).decode(errors="replace").split("\0")
            if Path(words[0]).name == "talosctl":
                return f"{step}: talosctl {' '.join(word for word in words[1:3] if word and not word.startswith('-'))}"
        return f"{step}: between two commands"


def live(controller: RealController, killed_at: list[Instant]) -> list[Kill]:
    """Run the road again and again, killed at one instant after the other, until it ends; the secrets never change.

    Returns:
        The kills, in their order.
    """
    kills: list[Kill] = []
    secrets: dict[str, bytes] = {}
    for instant in [*killed_at, None]:
        run = Run(controller)
        did = run.end() if instant is None else ""
        under_way = run.kill(instant) if instant else ""
        if kills:
            kills[-1] = dataclasses.replace(kills[-1], then=did or f"{run.did()}; killed".lstrip("; "), then_seconds=run.seconds)
        found = controller.kept() if controller.folder.exists() else {}
        now = {name: content for name, content in found.items() if name == "secrets.yaml"}
        # What opens the machine is as it was, once it is whole: the bootstrap writes down whose the cluster is, and nothing else.
        assert {name: now.get(name) for name in secrets} == secrets, (instant, under_way)
        secrets = now
        if instant:
            kills.append(Kill(instant, run.seconds, under_way))
    return kills
