# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Switch the scenario's machine on or off; it outlives the playbook that starts it, and lives in molecule's folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from node.commands import wait_for
from node.processes import has_ended, kill
from node.talos import Simulator

HERE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
PID, ADDRESS, CONTROL = HERE / "pid", HERE / "address", HERE / "control"
LEFT = (HERE / "disk", HERE / "talos")


def hold() -> None:
    """Be the machine until somebody ends this process; without a handler it would end before its machine does."""
    signal.signal(signal.SIGTERM, lambda *_which: sys.exit())
    with Simulator(HERE / "disk", kubeconfig=Path(os.environ["KUBECONFIG"])) as machine:
        CONTROL.write_text(str(machine.control))
        ADDRESS.write_text(machine.address)
        signal.pause()


def on() -> None:
    """Start the process that is the machine, and wait until it answers."""
    log = (HERE / "machine.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, __file__, "hold"], start_new_session=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log
    )
    PID.write_text(str(process.pid))

    def seen() -> str | None:
        return None if ADDRESS.exists() else "no address yet"

    wait_for("the simulated machine to answer", seen, seconds=20)


def off() -> None:
    """End that process, and take away what it kept."""
    if PID.exists():
        pid = int(PID.read_text())
        kill([pid], signal.SIGTERM)
        wait_for("the simulated machine to end", lambda: None if has_ended(pid) else "it runs", seconds=20)
    for folder in LEFT:
        shutil.rmtree(folder, ignore_errors=True)
    for file in (PID, ADDRESS, CONTROL, HERE / "kubeconfig"):
        file.unlink(missing_ok=True)


if __name__ == "__main__":
    {"on": on, "off": off, "hold": hold}[sys.argv[1]]()
