# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run each argument as a command, all of them even where one fails, then print a line of verdict for each.

A -- between them begins another lane: lanes run side by side, and the commands of a lane one after the other. With more than one
lane, what a command prints comes when it ends, so that two are never mixed. Ends with 1 if any failed, and with 130 when it is
interrupted, after every command has ended.
"""

from __future__ import annotations

import itertools
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """How a command ended, and what it took: seconds on the clock, and seconds of the processors."""

    command: str
    passed: bool
    wall: float
    processors: float

    def __str__(self) -> str:
        return f"{'passed' if self.passed else 'FAILED'} {self.wall:5.0f} s {self.processors:6.0f} cpu-s  {self.command}"


class Runner:
    """Commands in lanes."""

    def __init__(self, lanes: list[list[str]]) -> None:
        self._lanes = lanes
        self._ending = False
        self._speaking = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self.verdicts: list[Verdict] = []

    def run(self) -> None:
        """Run everything."""
        threads = [threading.Thread(target=self._work, args=(lane,)) for lane in self._lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def end(self) -> None:
        """Start nothing more, and let what runs end as if it had been interrupted at a terminal."""
        self._ending = True
        for process in list(self._running):
            os.killpg(process.pid, signal.SIGINT)

    def _work(self, lane: list[str]) -> None:
        for command in lane:
            if not self._ending:
                self._one(command)

    def _one(self, command: str) -> None:
        alone = len(self._lanes) == 1
        with self._speaking:
            print(f"\n==> {command}", flush=True)
        began = time.monotonic()
        output = None if alone else subprocess.PIPE
        # A group of its own, so that it can be ended with everything that it started.
        process = subprocess.Popen(
            ["bash", "-c", command],
            stdout=output,
            stderr=None if alone else subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,
        )
        self._running.add(process)
        text = process.stdout.read() if process.stdout else ""
        _pid, status, usage = _wait(process)
        self._running.discard(process)
        passed = os.waitstatus_to_exitcode(status) == 0
        verdict = Verdict(command, passed, time.monotonic() - began, usage.ru_utime + usage.ru_stime)
        with self._speaking:
            self.verdicts.append(verdict)
            if not alone:
                print(f"\n<== {command}\n{text}\n{verdict}", flush=True)


def _wait(process: subprocess.Popen[str]) -> tuple[int, int, resource.struct_rusage]:
    """Wait for a process as wait4(2) does, which says what it and its descendants took."""
    ended = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    return ended


def main() -> int:
    """Read the arguments and run."""
    lanes = [list(group) for is_break, group in itertools.groupby(sys.argv[1:], lambda word: word == "--") if not is_break]
    if not lanes:
        sys.exit("usage: tools/verdicts COMMAND... [-- COMMAND...]...")
    runner = Runner(lanes)
    interrupted = False

    def end(*_why: object) -> None:
        nonlocal interrupted
        interrupted = True
        runner.end()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    runner.run()
    print()
    print("\n".join(map(str, runner.verdicts)))
    if interrupted:
        return 130
    # A command without a verdict did not pass.
    return 0 if sum(verdict.passed for verdict in runner.verdicts) == sum(map(len, lanes)) else 1


if __name__ == "__main__":
    sys.exit(main())
