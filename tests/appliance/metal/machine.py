# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine: switched on, cut off from power, thrown away. Its firmware starts the kernel again when it asks for a reboot."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.metal import kernel, network
from ansible_collections.alga.appliance.tests.appliance.metal.place import Place
from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError
from ansible_collections.alga.appliance.tests.appliance.talos_machine import mirror

_GIB = 1 << 30
_SYSTEM_GIB = 12
# Sparse; the collection asks for 20 at least.
_DATA_GIB = 24
_MEMORY = "2600M"
_END_SECONDS = 30.0
# Its kubelet's image is another one than a container's under the same name.
_STORE = "metal-registry"
# Its memory is a file there.
_ENVIRONMENT = {**os.environ, "TMPDIR": "/dev/shm"}
# What the kernel writes last before it ends to be started again.
_RESTARTS = b"reboot: Restarting system"
_TAIL = 4096
# Runs in namespaces of its own: its mounts and processes end with it.
_SCRIPT = """
mount --bind "$1" "$3/disks"
mount --bind "$2" "$3/root.img"
mount --rbind /dev "$3/dev"
mount -t proc proc "$3/proc"
shift 2
exec chroot "$@"
"""


class Machine:
    """A machine with two disks.

    Args:
        place: where it lives.
        root: the image of the root file system that it boots from when its disk has none, as a CD in its drive.
    """

    def __init__(self, place: Place, root: Path) -> None:
        self.place = place
        self._root = root
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._firmware: threading.Thread | None = None
        self._powered = False
        self.boots = 0

    @property
    def address(self) -> str:
        """Its address; its API is on Talos's own port."""
        return self.place.address

    @property
    def running(self) -> bool:
        """Whether its kernel runs, or is about to be started again."""
        return self._firmware is not None and self._firmware.is_alive()

    def plug_in(self) -> None:
        """Give it its disks and its cable."""
        self.place.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for disk, gib in ((self.place.system_disk, _SYSTEM_GIB), (self.place.data_disk, _DATA_GIB)):
            if not disk.exists():
                with disk.open("wb") as image:
                    image.truncate(gib * _GIB)
        network.connect(self.place)

    def serve(self, images: Mapping[str, Path]) -> None:
        """Serve these images too, from a registry on the host's end of its cable.

        Args:
            images: for each full reference the layout that carries it.
        """
        mirror.start(self.place, images, _STORE)

    def switch_on(self) -> None:
        """Start it on what its disks have."""
        if self.running:
            raise NodeError(f"The machine {self.place.name} was to be switched on and runs already.")
        self.plug_in()
        self._powered = True
        self._firmware = threading.Thread(target=self._keep_running, name=f"firmware of {self.place.name}", daemon=True)
        self._firmware.start()

    def cut_power(self) -> None:
        """End it at once; what its kernel did not write is lost."""
        family: list[int] = []
        with self._lock:
            self._powered = False
            if self._process is not None and self._process.poll() is None:
                family = processes.family(self._process.pid)
                self._process.kill()
        if self._firmware is not None:
            self._firmware.join(_END_SECONDS)
            self._firmware = None
        # The kernel ends a moment after the process that started it, and holds its disks and its cable until then.
        wait_for(f"the kernel of {self.place.name} to end", lambda: _running(family), seconds=_END_SECONDS)

    def remove(self) -> None:
        """Leave no trace of it."""
        self.cut_power()
        mirror.stop(self.place)
        network.disconnect(self.place)
        shutil.rmtree(self.place.folder)

    def wait_until_off(self, seconds: float) -> None:
        """Wait until it has switched itself off."""
        wait_for(f"{self.place.name} to be off", lambda: "it runs" if self.running else None, seconds=seconds)

    def console(self) -> str:
        """All it ever wrote on its console."""
        return self.place.log.read_text(errors="replace")

    def _keep_running(self) -> None:
        while True:
            with self._lock, self.place.log.open("ab") as console:
                if not self._powered:
                    return
                self.boots += 1
                self._process = subprocess.Popen(
                    self._argv(), stdin=subprocess.DEVNULL, stdout=console, stderr=console, env=_ENVIRONMENT
                )
            self._process.wait()
            if _RESTARTS not in self._last_words():
                self._powered = False

    def _last_words(self) -> bytes:
        with self.place.log.open("rb") as console:
            console.seek(max(0, self.place.log.stat().st_size - _TAIL))
            return console.read()

    def _argv(self) -> list[str]:
        home = kernel.build()
        # It ends with whoever started it.
        spaces = ["setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--"]
        program = [str(home), f"/{kernel.PROGRAM}", *self._kernel_arguments()]
        return [*spaces, "sh", "-euc", _SCRIPT, "sh", str(self.place.folder), str(self._root), *program]

    def _kernel_arguments(self) -> list[str]:
        place = self.place
        return [
            *(f"mem={_MEMORY}", "seccomp=auto", f"umid={place.name}-{os.getpid()}-{self.boots}", "uml_dir=/dev/shm/", "noreboot"),
            *("ubd0=/disks/system.img", "ubd1=/disks/data.img", "ubd2r=/root.img"),
            *("root=/dev/ubdc", "rootfstype=ext4", "ro", "init=/usr/libexec/metal/start"),
            f"vec0:transport=tap,ifname={place.interface},mac={place.hardware_address},depth=64,gro=1",
            *("con=null", "con0=null,fd:1", "con1=null", "ssl=null", "console=tty0", "panic=-1"),
            *("talos.platform=metal", "net.ifnames=0", "talos.dashboard.disabled=1", "slab_nomerge", "pti=on", "selinux=0"),
            f"ip={place.address}::{place.host}:{place.cable.netmask}:{place.name}:vec0:off",
        ]


def _running(pids: Sequence[int]) -> str | None:
    """Which of these processes run; None where none does."""
    left = [str(pid) for pid in pids if not processes.has_ended(pid)]
    return f"process {', '.join(left)} runs" if left else None
