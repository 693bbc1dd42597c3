# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work beside a play, for as long as any process of the play lives.

Ansible runs each task in a process of its own, and none at all between two tasks: while other hosts catch up, while an
operator's own tasks run. What must go on then is done by a process beside the play.

How it learns of the end: a pipe, made when this file is imported. The strategies import an action plugin in the play's
main process before they fork, so the writing end is in that process, in every worker and in every command that
:func:`run_command <alga.appliance._action.run_command>` starts, helm above all. The reading end reports the end when the last of
them is gone, however it went; no process id is looked at, because those are used again (F55).
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import typing as t
from pathlib import Path

_END, SIGN_OF_LIFE = os.pipe()


def start(work: t.Callable[[t.Callable[[float], bool]], None]) -> None:
    """Do something in a process that belongs to nobody and ends with the play.

    :param work: gets a function that waits so many seconds at most and tells whether the end has come.
    """
    gc.freeze()  # a collection in the copy would write to, and so double, all the memory it shares with the play
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if not os.fork():
            _leave()
            work(_ended)
    finally:
        os._exit(0)  # this copy of the worker must never go on as the worker


def _leave() -> None:
    """Let go of everything that the play would wait for: its outputs, its queues, its own sign of life."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for output in range(3):
        os.dup2(nothing, output)
    # What is open, and not every number that could be: of those a container may have a thousand million.
    for opened in [int(file.name) for file in Path("/dev/fd").iterdir()]:
        if opened > 2 and opened != _END:
            with contextlib.suppress(OSError):  # the listing's own is closed already
                os.close(opened)


def _ended(seconds: float) -> bool:
    waiting = select.poll()
    waiting.register(_END)
    return bool(waiting.poll(seconds * 1000))
