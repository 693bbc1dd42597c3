# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running programs and waiting for conditions: the only two places where the node spends time."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError
from ansible_collections.alga.appliance.tests.appliance.node.progress import PROGRESS


def run(
    argv: Sequence[str | Path], *, stdin: str | None = None, env: Mapping[str, str] | None = None, timeout: float = 60.0
) -> str:
    """Run a short program and return its stdout.

    Args:
        argv: program and arguments.
        stdin: text given to the program.
        env: complete environment; the caller's when absent.
        timeout: seconds.

    Raises:
        NodeError: it could not be started, took too long, or ended with another code than 0.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(words, input=stdin, env=env, capture_output=True, text=True, timeout=timeout, check=False)
    except OSError as error:
        raise NodeError(f"Could not start {words[0]}: {error}.") from error
    except subprocess.TimeoutExpired as error:
        raise NodeError(f"{' '.join(words)} did not end within {timeout:.0f} s.") from error
    if done.returncode != 0:
        seen = (done.stderr or done.stdout).strip()
        raise NodeError(f"{' '.join(words)} ended with code {done.returncode}: {seen}")
    return done.stdout


def run_long(
    what: str,
    argv: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a slow program as one step of the command's progress, its output into a log.

    Args:
        what: what is being made, for the progress line.
        argv: program and arguments.
        log: file that takes stdout and stderr.
        cwd: folder to run in.
        env: complete environment; the caller's when absent.

    Raises:
        NodeError: it could not be started or ended with another code than 0; carries the log's last lines.
    """
    words = [str(word) for word in argv]
    log.parent.mkdir(parents=True, exist_ok=True)
    with PROGRESS.step(what), log.open("wb") as output:
        try:
            ended = subprocess.run(
                words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
            )  # fmt: skip
        except OSError as error:
            raise NodeError(f"{what}: could not start {words[0]}: {error}.") from error
        if ended.returncode != 0:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise NodeError(f"{what}: {words[0]} ended with code {ended.returncode}. The end of {log}:\n{tail}")


def wait_for(what: str, seen: Callable[[], str | None], *, seconds: float, interval: float = 0.2) -> None:
    """Wait until a condition holds.

    Args:
        what: the condition in words.
        seen: answers None when the condition holds, else what is seen instead.
        seconds: how long at most, on the monotonic clock.
        interval: seconds between two looks.

    Raises:
        NodeError: when the condition did not hold in time; carries what was seen last.
    """
    deadline = time.monotonic() + seconds
    while (last := seen()) is not None:
        if time.monotonic() > deadline:
            raise NodeError(f"Waited {seconds:.0f} s for {what}; seen last: {last}")
        time.sleep(interval)
