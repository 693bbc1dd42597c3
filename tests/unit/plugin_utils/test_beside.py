# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes on beside a play ends with the last process of the play, and holds none of its outputs open (F20)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE = Path(__file__).parents[3] / "plugins/plugin_utils/_beside.py"
# A play: its main process loads the file, forks a worker that starts something beside and a command, and waits.
PLAY = f"""
import importlib.util, os, subprocess, sys
spec = importlib.util.spec_from_file_location("beside", {str(FILE)!r})
beside = importlib.util.module_from_spec(spec)
spec.loader.exec_module(beside)

def work(ended):
    out = open(sys.argv[1], "a", buffering=1)
    out.write(f"{{os.getpid()}}\\n")
    while not ended(0.05):
        out.write("beat\\n")
    out.write("end\\n")

if not os.fork():
    beside.start(work)
    os._exit(0)
os.wait()
command = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, pass_fds=(beside.SIGN_OF_LIFE,))
print(command.pid, flush=True)
sys.stdin.read()
"""


def until(file: Path, wanted: str) -> None:
    deadline = time.monotonic() + 10
    while not file.exists() or wanted not in file.read_text().splitlines():
        assert time.monotonic() < deadline, f"no {wanted}"
        time.sleep(0.02)


@pytest.fixture
def play(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    file = tmp_path / "beats"
    run = subprocess.Popen([sys.executable, "-c", PLAY, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert run.stdout
    command = int(run.stdout.readline())
    yield run, command, file
    run.kill()
    run.wait()
    with contextlib.suppress(ProcessLookupError):
        os.kill(command, signal.SIGKILL)


def test_it_lives_while_any_process_of_the_play_does_f20(play: tuple[subprocess.Popen[bytes], int, Path]) -> None:
    run, command, file = play
    until(file, "beat")
    run.kill()
    assert run.communicate(timeout=10)[0] == b"", "the end of its output comes, so nothing beside holds it open"
    before = len(file.read_text())
    deadline = time.monotonic() + 10
    while len(file.read_text()) < before + 50:
        assert time.monotonic() < deadline, "a command of the play still runs, and nothing beats any more"
        time.sleep(0.02)
    os.kill(command, signal.SIGKILL)
    until(file, "end")
    beside = int(file.read_text().split()[0])
    while Path(f"/proc/{beside}").exists():
        assert time.monotonic() < deadline, "its process is still there"
        time.sleep(0.02)
