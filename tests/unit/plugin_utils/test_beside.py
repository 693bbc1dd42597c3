# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes on beside a play ends with the last process of the play, and holds none of its outputs open (F20)."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
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
    *open_ones, _listing = sorted(map(int, os.listdir("/dev/fd")))
    out = open(sys.argv[1], "w", buffering=1)
    out.write(f"{{os.getpid()}} {{open_ones == [0, 1, 2, beside._END]}}\\n")
    while not ended(0.05):
        out.write("beat\\n")
    out.write("end\\n")

# A play that never asks how many files could be open: where there is no limit, that many closings take minutes.
os.sysconf = None
os.dup2(1, 900)
if not os.fork():
    beside.start(work)
    os._exit(0)
os.wait()
command = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, pass_fds=(beside.SIGN_OF_LIFE,))
print(command.pid, flush=True)
sys.stdin.read()
"""


class Beats:
    """What is written beside the play, line by line as it comes."""

    def __init__(self, pipe: Path) -> None:
        os.mkfifo(pipe)
        self._reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self._unread = b""

    def line(self, otherwise: str) -> str:
        """The next line; whoever wrote so far may have ended without one."""
        while b"\n" not in self._unread:
            assert comes(self._reading), otherwise
            more = os.read(self._reading, 4096)
            assert more, otherwise
            self._unread += more
        line, _newline, self._unread = self._unread.partition(b"\n")
        return line.decode()

    def forget(self) -> None:
        """Leave out what was written until now."""
        self._unread = b""
        while comes(self._reading, seconds=0) and os.read(self._reading, 4096):
            pass

    def close(self) -> None:
        os.close(self._reading)


def comes(descriptor: int, seconds: float = 10) -> bool:
    """Whether there is something to read, or, of a process, whether it ended."""
    return bool(select.select([descriptor], [], [], seconds)[0])


@pytest.fixture
def play(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, Beats]]:
    pipe = tmp_path / "beats"
    beats = Beats(pipe)
    run = subprocess.Popen([sys.executable, "-c", PLAY, str(pipe)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert run.stdout
    command = int(run.stdout.readline())
    yield run, command, beats
    run.kill()
    run.wait()
    with contextlib.suppress(ProcessLookupError):
        os.kill(command, signal.SIGKILL)
    beats.close()


def test_it_lives_while_any_process_of_the_play_does_f20(play: tuple[subprocess.Popen[bytes], int, Beats]) -> None:
    run, command, beats = play
    number, alone = beats.line("nothing began").split()
    assert alone == "True", "it holds more open than its sign of life"
    beside = os.pidfd_open(int(number))
    assert beats.line("nothing beats") == "beat"
    run.kill()
    assert run.communicate(timeout=10)[0] == b"", "the end of its output comes, so nothing beside holds it open"
    beats.forget()
    for _number in range(10):
        assert beats.line("a command of the play still runs, and nothing beats any more") == "beat"
    os.kill(command, signal.SIGKILL)
    assert "end" in (beats.line("no end") for _number in range(200)), "it beats on although nothing of the play runs any more"
    assert comes(beside), "its process is still there"
    os.close(beside)
