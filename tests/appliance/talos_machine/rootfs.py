# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine's root file system: Debian's packages where Talos ships its own builds, Talos's programs and settings over them."""

from __future__ import annotations

import shutil
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import cache, programs, versions
from ansible_collections.alga.appliance.tests.appliance.node.commands import run_long

# Raise when this file makes another root out of the same inputs.
_FORMAT = "1"
# What machined and containerd start, what CNI needs, and what the kubelet's mounts need.
_PACKAGES = (
    *("runc", "containernetworking-plugins", "iptables", "nftables", "conntrack", "ca-certificates"),
    *("ethtool", "iproute2", "mount", "util-linux", "udev", "e2fsprogs", "xfsprogs"),
)
_REMOVED = ("/usr/share/doc", "/usr/share/man", "/usr/share/locale", "/var/cache/apt", "/var/lib/apt/lists", "/var/log")
# Folders and files that Talos's own image has, so that machined can write and mount there (its Dockerfile, stage rootfs-base).
_FOLDERS = (
    *("etc/cni/net.d", "etc/cri/conf.d/hosts", "etc/kubernetes/manifests", "etc/iscsi", "etc/nvme", "etc/containerd"),
    *("etc/selinux/targeted/contexts/files", "etc/ssl/certs", "opt/cni/bin", "opt/containerd/bin", "opt/containerd/lib"),
    *("system/state", "usr/etc", "usr/lib/modules", "usr/share/spdx", "usr/libexec/kubernetes"),
    "usr/local/lib/kubelet/credentialproviders",
)
_EMPTY_FILES = (
    *(
        "extensions.yaml",
        "resolv.conf",
        "hosts",
        "hostname",
        "machine-id",
        "cri/conf.d/cri.toml",
        "cri/conf.d/01-registries.part",
    ),
    *("cri/conf.d/20-customization.part", "cri/conf.d/base-spec.json", "iscsi/initiatorname.iscsi", "nvme/hostid"),
    *("nvme/hostnqn", "selinux/targeted/contexts/files/file_contexts"),
)
# By this file machined knows that it runs in a container (Talos: constants.ContainerMarkerFilePath).
_MARKER = "usr/etc/in-container"
# Settings that Talos keeps beside its sources, by their place in the root.
_SETTINGS = {
    "containerd.toml": "etc/containerd/config.toml",
    "cri-containerd.toml": "etc/cri/containerd.toml",
    "cri-plugin.part": "etc/cri/conf.d/00-base.part",
    "nfsmount.conf": "etc/nfsmount.conf",
}
# Talos's programs, by their place in the root.
_PROGRAMS = {
    "machined": "usr/sbin/init",
    "containerd": "usr/bin/containerd",
    "containerd-shim-runc-v2": "usr/bin/containerd-shim-runc-v2",
}


def name(version: str) -> str:
    """The cached folder of a version's root file system."""
    inputs = [*_PACKAGES, *_REMOVED, *_FOLDERS, *_EMPTY_FILES, *(programs.talos(version)[each].folder for each in _PROGRAMS)]
    return f"talos-root-{version}-{cache.key(_FORMAT, versions.DEBIAN_SUITE, versions.DEBIAN_SUITE_REVISION, *inputs)}"


def steps(version: str) -> list[str]:
    """The steps that making it takes; none for what is kept."""
    if (cache.folder() / name(version)).is_dir():
        return []
    return [_step(version), *programs.steps(programs.talos(version)[each] for each in _PROGRAMS)]


def _step(version: str) -> str:
    return f"root file system of Talos {version}: Debian packages"


def build(version: str) -> Path:
    """Make the root file system of a version of Talos, or find it in the cache.

    Returns:
        The folder to start machines on; they share it and cannot write to it.
    """
    return cache.kept(name(version), lambda target: _fill(target / "root", version)) / "root"


def _fill(root: Path, version: str) -> None:
    files = {place: programs.kept(programs.talos(version)[each]) for each, place in _PROGRAMS.items()}
    log = cache.folder() / "logs" / f"talos-root-{version}.log"
    argv: list[str | Path] = ["mmdebstrap", "--variant=minbase", "--format=directory", f"--include={','.join(_PACKAGES)}"]
    argv += [f'--customize-hook=rm -rf "$1{path}"' for path in _REMOVED]
    run_long(_step(version), [*argv, versions.DEBIAN_SUITE, root], log=log)
    root.chmod(0o755)
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for file in _EMPTY_FILES:
        (root / "etc" / file).unlink(missing_ok=True)
        (root / "etc" / file).touch()
    (root / _MARKER).touch()
    # A host that lacks something mounts its own over these.
    shutil.copy(root / "usr/sbin/runc", root / "usr/sbin/runc.real")
    (root / "usr/etc/uid_map").touch()
    settings = programs.talos_sources(version) / "hack"
    files |= {place: settings / source for source, place in _SETTINGS.items()}
    for plugin in (root / "usr/lib/cni").iterdir():
        files[f"opt/cni/bin/{plugin.name}"] = plugin
    for place, source in files.items():
        (root / place).unlink(missing_ok=True)
        shutil.copyfile(source, root / place)
        (root / place).chmod(source.stat().st_mode & 0o777 | 0o444)
