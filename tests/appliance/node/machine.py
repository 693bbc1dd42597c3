# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's first process: process 1 of its own process, mount and network namespaces.

It prepares the namespaces, starts the components, takes in orphans and ends everything when it is told to. When it is
killed, the kernel ends every process of the node with it, and the mounts, the bridge and the pods' networks go too:
that is how a killed node leaves nothing running behind. It uses the standard library alone and no module beside it, not
even `node.processes`: it is started as `python -I`, which finds none.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_UPLINK = "uplink"
_POLL = 0.05
_UPLINK_SECONDS = 30.0
_GRACE_SECONDS = 8.0
_SYSCTLS = {
    "net/ipv4/ip_forward": "1",
    # Without it an answer from one pod to another passes the bridge unseen and keeps the pod's address instead of
    # the Service's.
    "net/bridge/bridge-nf-call-iptables": "1",
    "net/ipv6/conf/all/disable_ipv6": "1",
}


class Machine:
    """The running node: its components by process id."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._running: dict[int, str] = {}
        self._ended: dict[str, int] = {}
        self._ending = False
        self._again = False

    def run(self) -> None:
        """Prepare, start, and stay until SIGTERM; SIGHUP starts again the components that have ended."""
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGHUP, self._start_again)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._prepare()
        waiting = list(self._plan["components"])
        while not self._ending:
            if self._again:
                self._again = False
                waiting += [item for item in self._plan["components"] if item["name"] in self._ended and item not in waiting]
            waiting = [item for item in waiting if not self._started(item)]
            self._reap()
            time.sleep(_POLL if waiting else 10 * _POLL)
        self._shut_down()

    def _prepare(self) -> None:
        for path in self._plan["cgroups"]:
            Path(path, "cgroup.procs").write_text("0")
        socket.sethostname(self._plan["hostname"])
        _command("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
        for source, target in self._plan["binds"]:
            Path(source).mkdir(parents=True, exist_ok=True)
            _command("mount", "--bind", source, target)
        _command("ip", "link", "set", "lo", "up")
        deadline = time.monotonic() + _UPLINK_SECONDS
        while _UPLINK not in Path("/proc/net/dev").read_text():
            if time.monotonic() > deadline:
                sys.exit(f"The interface {_UPLINK} did not appear within {_UPLINK_SECONDS:.0f} s.")
            time.sleep(_POLL)
        bridge = self._plan["bridge"]
        # A bridge without an address of its own takes the lowest of its ports, and so changes it when a pod comes:
        # whoever had learned the old one then reaches nothing for half a minute.
        _command("ip", "link", "add", bridge, "address", self._plan["hardware_address"], "type", "bridge")
        for name, value in _SYSCTLS.items():
            path = Path("/proc/sys", name)
            if path.exists():
                path.write_text(value)
        _command("ip", "link", "set", _UPLINK, "master", bridge, "up")
        _command("ip", "address", "add", self._plan["address"], "dev", bridge)
        _command("ip", "link", "set", bridge, "up")
        # A Service's address is replaced on the way out, which comes only after a route was found. There is no default
        # route: what a pod asks of the outside is refused at once instead of timing out.
        _command("ip", "route", "add", self._plan["services"], "dev", bridge)

    def _started(self, component: dict[str, Any]) -> bool:
        if not _there(component["after"]):
            return False
        with Path(self._plan["logs"], f"{component['name']}.log").open("ab") as log:
            child = subprocess.Popen(component["argv"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self._running[child.pid] = component["name"]
        self._ended.pop(component["name"], None)
        self._write_state()
        return True

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            name = self._running.pop(pid, None)
            if name is not None:
                self._ended[name] = os.waitstatus_to_exitcode(status)
                _note(f"{name} ended with code {self._ended[name]}")
                self._write_state()

    def _write_state(self) -> None:
        target = Path(self._plan["logs"], "components.json")
        partial = target.with_suffix(".partial")
        partial.write_text(json.dumps({"running": sorted(self._running.values()), "ended": self._ended}))
        partial.rename(target)

    def _end(self, _number: int, _frame: object) -> None:
        self._ending = True

    def _start_again(self, _number: int, _frame: object) -> None:
        self._again = True

    def _shut_down(self) -> None:
        """End the components first, so that nothing is started anew, then give the containers time to end well."""
        for pid in self._running:
            _signal(pid, signal.SIGTERM)
        containers = [pid for pid in _processes() if _is_container(pid)]
        for pid in containers:
            _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < deadline and any(Path("/proc", str(pid)).exists() for pid in containers):
            self._reap()
            time.sleep(_POLL)
        # The kernel ends whatever is left together with this process.


def _there(after: dict[str, str]) -> bool:
    if "file" in after:
        return Path(after["file"]).exists()
    if "tcp" in after:
        host, port = after["tcp"].rsplit(":", 1)
        try:
            with socket.create_connection((host, int(port)), timeout=1):
                return True
        except OSError:
            return False
    return True


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _is_container(pid: int) -> bool:
    """Whether this is the first process of a process namespace within the node's: a container's main process."""
    try:
        for line in Path("/proc", str(pid), "status").read_text().splitlines():
            if line.startswith("NSpid:"):
                ids = line.split()[1:]
                return len(ids) > 1 and ids[-1] == "1"
    except (FileNotFoundError, ProcessLookupError):
        return False  # it has ended since it was listed
    return False


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _command(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)} ended with code {done.returncode}: {done.stderr.strip()}")


def _note(text: str) -> None:
    print(time.strftime("%Y-%m-%dT%H:%M:%S"), text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    Machine(json.loads(Path(sys.argv[1]).read_text())).run()
