# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container that is the machine, as Talos's own provisioner for Docker makes it, started by the host's runc."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.alga.appliance.tests.appliance.node import cache, cgroups, golang, kernel
from ansible_collections.alga.appliance.tests.appliance.node.commands import run, wait_for
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError
from ansible_collections.alga.appliance.tests.appliance.talos_machine import host
from ansible_collections.alga.appliance.tests.appliance.talos_machine.place import Place

# What lives as long as the container runs.
_VOLATILE = ("/run", "/system", "/tmp")  # of the machine
# What the machine keeps (Talos: constants.EphemeralMountPoint, StateMountPoint and Overlays).
_KEPT = ("/var", "/system/state", "/etc/cni", "/etc/kubernetes", "/usr/libexec/kubernetes", "/opt")
_START_SECONDS = 30.0


def start(place: Place, root: Path, network: Path) -> None:
    """Start the machine; what an earlier container of it left is gone.

    Args:
        place: the machine's.
        root: its root file system.
        network: its network namespace.

    Raises:
        NodeError: runc does not start it.
    """
    bundle = place.folder / "bundle"
    bundle.mkdir(parents=True, exist_ok=True)
    _volumes(place, root)
    (bundle / "config.json").write_text(json.dumps(_spec(place, root, network), indent=1))
    with place.log.open("ab") as log:
        argv = [*_runc(place), "run", "--detach", "--bundle", bundle, "--pid-file", place.folder / "pid", place.name]
        ended = subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
    if ended.returncode:
        tail = "\n".join(place.log.read_text(errors="replace").splitlines()[-5:])
        raise NodeError(f"runc did not start {place.name} (code {ended.returncode}). The end of {place.log}:\n{tail}")


def kill(place: Place) -> None:
    """End the machine at once, as a power cut does; nothing happens where it does not run."""
    if state(place) is not None:
        run([*_runc(place), "delete", "--force", place.name])
        wait_for(f"the container {place.name} to be gone", lambda: state(place), seconds=_START_SECONDS)
    wait_for(f"the processes of {place.name} to be gone", lambda: _left(place), seconds=_START_SECONDS)


def _left(place: Place) -> str | None:
    """Remove its cgroups, which the kernel keeps while one of its processes is ending, and in which none may start meanwhile."""
    try:
        cgroups.remove(place.name)
    except OSError as error:
        return str(error)
    return None


def state(place: Place) -> str | None:
    """What runc says of the machine, such as running or stopped; None where it does not know it."""
    known = json.loads(run([*_runc(place), "list", "--format", "json"]) or "null")
    return next((str(each["status"]) for each in known or [] if each["id"] == place.name), None)


def process(place: Place) -> int:
    """The host's process id of machined."""
    return int((place.folder / "pid").read_text())


def _runc(place: Place) -> list[str | Path]:
    return ["runc", "--root", place.folder / "runc"]


def _volumes(place: Place, root: Path) -> None:
    """A new volume begins with what the root file system has in its place, as Docker's do."""
    for path in _KEPT:
        volume = _volume(place, path)
        if not volume.exists():
            partial = volume.with_name(f".{volume.name}")
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(root / path[1:], partial, symlinks=True)
            partial.rename(volume)
    (_volume(place, "/etc/cni") / "net.d" / "10-bridge.conflist").write_text(json.dumps(pod_network(place)))
    for name, text in (
        ("hostname", f"{place.name}\n"),
        ("hosts", f"127.0.0.1 localhost\n{place.address} {place.name}\n"),
        ("resolv.conf", f"nameserver {place.host}\n"),
    ):
        (place.folder / name).write_text(text)


def pod_network(place: Place) -> Mapping[str, Any]:
    """The pods' network: one bridge, as the CNI plugin of Talos's default (flannel) cannot be had as a package."""
    ranges = [[{"subnet": str(place.pods)}]]
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {"type": "host-local", "ranges": ranges, "routes": [{"dst": "0.0.0.0/0"}]},
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge, ports]}


def _volume(place: Place, path: str) -> Path:
    place.volumes.mkdir(mode=0o755, parents=True, exist_ok=True)
    return place.volumes / path[1:].replace("/", "-")


def _spec(place: Place, root: Path, network: Path) -> Mapping[str, Any]:
    allowed = host.capabilities()
    owner = f"{kernel.OWNER}={place.folder}"
    sets = ("bounding", "effective", "inheritable", "permitted")
    kinds = ("pid", "ipc", "uts", "mount", "cgroup")
    return {
        "ociVersion": "1.0.2",
        "root": {"path": str(root), "readonly": True},
        "hostname": place.name,
        "process": {
            "user": {"uid": 0, "gid": 0},
            "cwd": "/",
            "args": _init(),
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PLATFORM=container", owner],
            "capabilities": dict.fromkeys(sets, allowed),
        },
        "mounts": _mounts(place),
        "linux": {
            "namespaces": [*({"type": kind} for kind in kinds), {"type": "network", "path": str(network)}],
            "cgroupsPath": f"/{place.name}",
            "resources": {"devices": [{"allow": True, "access": "rwm"}]},
            "devices": [{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11, "fileMode": 0o660, "uid": 0, "gid": 0}],
        },
    }


def _mounts(place: Place) -> list[Mapping[str, Any]]:
    mounts = [
        _mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
        _mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        _mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        _mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777"),
        _mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        _mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev"),
        _mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime"),
        *(_mount(path, "tmpfs", "tmpfs", "mode=755") for path in _VOLATILE),
        *(_mount(path, "bind", _volume(place, path), "rbind", "rw") for path in _KEPT),
        *(_mount(f"/etc/{name}", "bind", place.folder / name, "bind", "rw") for name in ("hostname", "hosts", "resolv.conf")),
    ]
    if host.lacks_sys_resource() or not host.has_unified_cgroups():
        mounts.append(_mount("/usr/sbin/runc", "bind", filter_program(), "bind", "ro"))
    if host.lacks_sys_resource():
        whole = place.folder / "uid_map"
        whole.write_text("         0          0      65536\n")
        mounts.append(_mount(_UID_MAP, "bind", whole, "bind", "ro"))
    return mounts


# Containerd lowers its shims' OOM scores and takes a refusal for good only where it believes to be in a user namespace.
_UID_MAP = "/usr/etc/uid_map"


def _init() -> list[str]:
    if host.lacks_sys_resource():
        return ["/bin/sh", "-c", f"mount --bind {_UID_MAP} /proc/1/uid_map && exec /sbin/init"]
    return ["/sbin/init"]


def filter_program() -> Path:
    """The program before runc, for a host that lacks something."""
    source = Path(__file__).parent / "runc"
    kept = cache.kept(f"runc-filter-{cache.tree_key(source)}", lambda target: golang.build_static(source, target / "runc"))
    return kept / "runc"


def _mount(target: str, kind: str, source: str | Path, *options: str) -> Mapping[str, Any]:
    return {"destination": target, "type": kind, "source": str(source), "options": list(options)}
