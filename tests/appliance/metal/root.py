# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The root file system: Debian's packages where Talos ships its own builds, Talos's programs and settings over them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.metal import kernel
from ansible_collections.alga.appliance.tests.appliance.metal.versions import layer_programs
from ansible_collections.alga.appliance.tests.appliance.node import cache, programs, versions
from ansible_collections.alga.appliance.tests.appliance.node.commands import run, run_long

# Raise when this file makes another root out of the same inputs.
_FORMAT = "1"
_BOOT = Path(__file__).parent / "boot"
# What machined and containerd start, what CNI and mounts need, and what the first process needs.
_PACKAGES = (
    *("runc", "containernetworking-plugins", "iptables", "nftables", "conntrack", "ca-certificates", "tzdata", "kmod"),
    *("ethtool", "iproute2", "mount", "util-linux", "udev", "lvm2", "cryptsetup-bin", "e2fsprogs", "xfsprogs", "dosfstools"),
)
_REMOVED = ("/usr/share/doc", "/usr/share/man", "/usr/share/locale", "/var/cache/apt", "/var/lib/apt/lists", "/var/log")
# Folders and files that Talos's own image has, so that machined can write and mount there (its Dockerfile, stage rootfs-base).
_FOLDERS = (
    *("boot/EFI", "etc/cni/net.d", "etc/cri/conf.d/hosts", "etc/kubernetes/manifests", "etc/iscsi", "etc/nvme"),
    *("etc/selinux/targeted/contexts/files", "etc/ssl/certs", "opt/cni/bin", "opt/containerd/bin", "opt/containerd/lib"),
    *("system", "usr/etc", "usr/share/spdx", "usr/lib/firmware", "usr/libexec/kubernetes", ".extra"),
    "usr/local/lib/kubelet/credentialproviders",
)
_EMPTY_FILES = (
    *("extensions.yaml", "resolv.conf", "hosts", "machine-id", "cri/conf.d/cri.toml", "cri/conf.d/01-registries.part"),
    *("cri/conf.d/20-customization.part", "cri/conf.d/base-spec.json", "iscsi/initiatorname.iscsi", "nvme/hostid"),
    *("nvme/hostnqn", "selinux/targeted/contexts/files/file_contexts", "ssl/certs/ca-certificates.crt"),
)
_LINKS = {
    "usr/bin/poweroff": "init",
    "usr/bin/shutdown": "init",
    "usr/bin/systemd-udevd": "../lib/systemd/systemd-udevd",
    "usr/etc/udev": "../lib/udev",
    "etc/localtime": "/usr/share/zoneinfo/Etc/UTC",
}
# Settings that Talos keeps beside its sources, by their place in the root.
_SETTINGS = {
    "containerd.toml": "etc/containerd/config.toml",
    "cri-containerd.toml": "etc/cri/containerd.toml",
    "cri-plugin.part": "etc/cri/conf.d/00-base.part",
    "nfsmount.conf": "etc/nfsmount.conf",
    "lvm.conf": "etc/lvm/lvm.conf",
    "udevd/99-default.link": "usr/lib/systemd/network/99-default.link",
    "udevd/40-vm-hotadd.rules": "usr/lib/udev/rules.d/40-vm-hotadd.rules",
    "udevd/90-selinux.rules": "usr/lib/udev/rules.d/90-selinux.rules",
}
_MKFS = "usr/share/xfsprogs/mkfs"


def build(version: str) -> Path:
    """Make the image of the root file system of a version of Talos, or find it in the cache.

    Args:
        version: of Talos.
    """
    inputs = [*_inputs(version), kernel.key(), cache.tree_key(_BOOT), *_PACKAGES, *_REMOVED]
    name = f"metal-root-{version}-{cache.key(*inputs)}"
    return cache.kept(name, lambda target: _fill(target, version)) / "root.img"


def layer(version: str) -> Path:
    """Make the image of what a version of Talos has of its own, or find it in the cache; the installer writes it onto disks."""
    name = f"metal-layer-{version}-{cache.key(*_inputs(version))}"
    return cache.kept(name, lambda target: _fill_layer(target, version)) / "layer.img"


def _inputs(version: str) -> list[str]:
    inputs = [_FORMAT, versions.DEBIAN_SUITE, versions.DEBIAN_SUITE_REVISION, *_FOLDERS, *_EMPTY_FILES]
    return inputs + [program.folder for program in layer_programs(version).values()]


def _fill(target: Path, version: str) -> None:
    root = target / "root"
    base = cache.kept(f"metal-base-{cache.key(_FORMAT, versions.DEBIAN_SUITE_REVISION, *_PACKAGES, *_REMOVED)}", _fill_base)
    run(["cp", "--archive", "--reflink=auto", base / "root", root])
    _talos(root, version)
    home = kernel.build()
    release = kernel.modules(home).name
    run(["cp", "--archive", kernel.modules(home), root / "usr/lib/modules" / release])
    run(["chroot", root, "depmod", release])
    shutil.copytree(_BOOT, root / "usr/libexec/metal")
    _stand_before_udevadm(root)
    _image(root, target / "root.img")
    shutil.rmtree(root)


def _stand_before_udevadm(root: Path) -> None:
    """Put the script of that name in its place; under another name the same program is the daemon."""
    (root / "usr/bin/udevadm").rename(root / "usr/lib/udev/udevadm")
    (root / "usr/bin/udevadm").symlink_to("../libexec/metal/udevadm")
    daemon = root / "usr/lib/systemd/systemd-udevd"
    daemon.unlink()
    daemon.symlink_to("../udev/udevadm")


def _fill_layer(target: Path, version: str) -> None:
    root = target / "layer"
    root.mkdir()
    _talos(root, version)
    _image(root, target / "layer.img")
    shutil.rmtree(root)


def _fill_base(target: Path) -> None:
    root = target / "root"
    log = cache.folder() / "logs" / "metal-base.log"
    argv: list[str | Path] = ["mmdebstrap", "--variant=minbase", "--format=directory", f"--include={','.join(_PACKAGES)}"]
    argv += [f'--customize-hook=rm -rf "$1{path}"' for path in _REMOVED]
    run_long("root file system of the metal machine: Debian packages", [*argv, versions.DEBIAN_SUITE, root], log=log)
    root.chmod(0o755)
    _merge(root / "usr/sbin", root / "usr/bin")
    # Talos writes its own, and a program that reads Debian's would find users that are not there.
    shutil.rmtree(root / "etc")
    (root / "etc").mkdir()
    (root / "usr/lib/modules").mkdir(exist_ok=True)
    (root / _MKFS / "lts_6.18.conf").write_text((root / _MKFS / "lts_6.12.conf").read_text())
    plugins = list((root / "usr/lib/cni").iterdir())
    (root / "opt/cni/bin").mkdir(parents=True)
    for plugin in plugins:
        plugin.rename(root / "opt/cni/bin" / plugin.name)


def _merge(source: Path, target: Path) -> None:
    """Leave one folder of programs, as Talos has it: what it starts from /usr/bin, Debian has in /usr/sbin."""
    for path in source.iterdir():
        other = target / path.name
        # Either folder may have the program, and the other one a link to it.
        if not (path.is_symlink() and other.exists() and not other.is_symlink()):
            path.replace(other)
    shutil.rmtree(source)
    source.symlink_to(target.name)


def _talos(root: Path, version: str) -> None:
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for file in _EMPTY_FILES:
        (root / "etc" / file).touch()
    settings = programs.talos_sources(version) / "hack"
    _copy(root, {place: settings / source for source, place in _SETTINGS.items() if (settings / source).is_file()})
    _copy(root, {place: programs.kept(program) for place, program in layer_programs(version).items()})
    for place, link in _LINKS.items():
        (root / place).unlink(missing_ok=True)
        (root / place).symlink_to(link)
    (root / "etc/os-release").write_text(f'NAME="Talos"\nID=talos\nVERSION_ID=v{version}\nPRETTY_NAME="Talos (v{version})"\n')


def _copy(root: Path, files: Mapping[str, Path]) -> None:
    for place, source in files.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, root / place)
        (root / place).chmod(source.stat().st_mode & 0o111 | 0o644)


def _image(folder: Path, image: Path) -> None:
    """Make a file system of a folder, with a tenth more room than its content."""
    size = _size(folder.rglob("*")) * 11 // 10 + (32 << 20)
    with image.open("wb") as file:
        file.truncate(size)
    run(["mkfs.ext4", "-q", "-O", "^has_journal", "-m", "0", "-i", "8192", "-d", folder, image], timeout=300)


def _size(paths: Iterable[Path]) -> int:
    return sum(-(-path.lstat().st_size // 4096) * 4096 for path in paths)
