# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated machine that runs Talos, started and ended as a process, and asked what was asked of it."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ansible_collections.alga.appliance.tests.appliance.node import cache, versions
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError

_START_SECONDS = 10.0
_STOP_SECONDS = 10.0
_CONTROL_SECONDS = 10.0


@dataclasses.dataclass(frozen=True)
class Call:
    """One request as the machine met it."""

    # gRPC's full method, such as machine.MachineService/Bootstrap.
    method: str
    # Whether it changes the machine; a dry run does not.
    writing: bool
    dry_run: bool = False

    @property
    def name(self) -> str:
        """The method without its service, such as Bootstrap."""
        return self.method.rsplit("/", 1)[1]


class Simulator:
    """One machine. Its disk is a folder, which outlives its processes: `stop` or `kill`, then `start`, is a power cut.

    Args:
        disk: folder of what the machine keeps; made when it is missing, empty for a new machine.
        kubeconfig: file that it answers as the cluster's kubeconfig.
        version: Talos's version that the machine says it runs.
        boot_seconds: how long a boot takes.
        program: the simulator; the one that the node's build keeps when absent.
    """

    def __init__(
        self,
        disk: Path,
        *,
        kubeconfig: Path,
        version: str = f"v{versions.TALOS}",
        boot_seconds: float = 0.5,
        program: Path | None = None,
    ) -> None:
        self.disk = disk
        self._program = program or Path(os.environ.get("TALOS_SIMULATOR") or cache.folder() / "bin" / "talos-simulator")
        self._options = [
            f"--state={disk}",
            f"--kubeconfig={kubeconfig}",
            f"--version={version}",
            f"--boot={int(boot_seconds * 1000)}ms",
        ]
        # The system chooses a port once; a machine that starts again keeps its address.
        self._address = "127.0.0.1:0"
        self._process: subprocess.Popen[bytes] | None = None
        # A socket's path has at most 107 bytes, which a test's own folder may exceed.
        self._run = tempfile.TemporaryDirectory(prefix="alga-talos-")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.stop()
        self._run.cleanup()

    @property
    def address(self) -> str:
        """HOST:PORT of the machine's API, as talosctl takes it for `--nodes` and `--endpoints`."""
        return self._address

    def start(self) -> None:
        """Start the machine's process and wait until it answers.

        Raises:
            NodeError: the program is not built, or the process ended at once; carries its log.
        """
        if not self._program.is_file():
            raise NodeError(f"{self._program} is not there. `make talos` builds it; TALOS_SIMULATOR names another.")
        self.disk.mkdir(mode=0o700, parents=True, exist_ok=True)
        argv: list[str | Path] = [self._program, f"--listen={self._address}", f"--control={self.control}", *self._options]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for("the simulated machine to answer", self._not_started, seconds=_START_SECONDS, interval=0.05)
        except NodeError:
            self.kill()
            raise
        self._address = str(self.look()["address"])

    def stop(self) -> None:
        """End the process in order; nothing happens when there is none."""
        self._end(kill=False)

    def kill(self) -> None:
        """End the process as a power cut does."""
        self._end(kill=True)

    def log(self) -> str:
        """What the machine's processes wrote."""
        return self._log.read_text(errors="replace")

    def look(self) -> Mapping[str, Any]:
        """The machine as it is: address, stage, boot_id, bootstrapped, version, wiped."""
        seen: Mapping[str, Any] = self._ask("GET", "/machine")
        return seen

    def calls(self) -> list[Call]:
        """Every request since the process began, or since `forget_calls`."""
        return [Call(**call) for call in self._ask("GET", "/calls")]

    def writing_calls(self) -> list[str]:
        """The names of the requests that change the machine."""
        return [call.name for call in self.calls() if call.writing]

    def forget_calls(self) -> None:
        """Count from here."""
        self._ask("DELETE", "/calls")

    def set_faults(self, **faults: bool | float | str) -> None:
        """Set these faults and none but these; the simulator's README names them.

        Raises:
            NodeError: there is no fault of that name, or not with such a value.
        """
        self._ask("PUT", "/faults", faults)

    def clear_faults(self) -> None:
        """Let the machine be well again."""
        self._ask("DELETE", "/faults")

    @property
    def control(self) -> Path:
        """The socket on which the machine tells what happened."""
        return Path(self._run.name) / "control"

    @property
    def _log(self) -> Path:
        return Path(self._run.name) / "log"

    def _not_started(self) -> str | None:
        if self._process is None or self._process.poll() is not None:
            raise NodeError(f"The simulated machine ended at once:\n{self.log()[-2000:]}")
        try:
            self._ask("GET", "/machine")
        except OSError as error:
            return str(error)
        return None

    def _end(self, *, kill: bool) -> None:
        if self._process is None:
            return
        if kill:
            self._process.kill()
        else:
            self._process.terminate()
        self._process.wait(timeout=_STOP_SECONDS)
        self._process = None

    def _ask(self, verb: str, path: str, body: object = None) -> Any:
        return _ask(self.control, verb, path, body)


def _ask(control: Path, verb: str, path: str, body: object = None) -> Any:
    connection = _LocalConnection(control)
    try:
        connection.request(verb, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    if answer.status >= http.client.BAD_REQUEST:
        raise NodeError(f"{verb} {path} with {body} on the simulated machine: {text.strip()}")
    return json.loads(text) if text else None


class _LocalConnection(http.client.HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_CONTROL_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Connect to the file instead of to a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
