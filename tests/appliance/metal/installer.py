# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installer's image: Talos's own installer, with boot assets from which this machine's firmware boots."""

from __future__ import annotations

import shutil
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.metal import kernel, root
from ansible_collections.alga.appliance.tests.appliance.metal.versions import installer
from ansible_collections.alga.appliance.tests.appliance.node import cache, oci, programs, versions
from ansible_collections.alga.appliance.tests.appliance.node.commands import run_long

_FORMAT = "1"
_PACKAGES = ("dosfstools", "xfsprogs", "mtools", "ca-certificates")
_ASSETS = "usr/install/amd64"
_NAME = "ghcr.io/siderolabs/installer:v{version}"
# The firmware here reads GRUB's configuration itself; the installer only has to believe that GRUB is installed.
_NO_GRUB = "#!/bin/sh\necho 'no boot sector is needed: grub-install' \"$@\"\n"


def name(version: str) -> str:
    """The full reference of a version's image."""
    return _NAME.format(version=version)


def build(version: str) -> Path:
    """Make the image of a version of Talos, or find it in the cache.

    Returns:
        The layout that carries it.
    """
    inputs = [_FORMAT, versions.DEBIAN_SUITE_REVISION, *_PACKAGES, _NO_GRUB, installer(version).folder, kernel.key()]
    return cache.kept(
        f"metal-installer-{version}-{cache.key(*inputs, root.layer(version).parent.name)}", lambda target: _fill(target, version)
    )


def _fill(target: Path, version: str) -> None:
    folder = target / "root"
    log = cache.folder() / "logs" / "metal-installer.log"
    argv: list[str | Path] = ["mmdebstrap", "--variant=minbase", "--format=directory", f"--include={','.join(_PACKAGES)}"]
    run_long(f"installer of Talos {version}: Debian packages", [*argv, versions.DEBIAN_SUITE, folder], log=log)
    for path in ("dev", "usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists"):
        shutil.rmtree(folder / path)
    (folder / "dev").mkdir()
    shutil.copyfile(programs.kept(installer(version)), folder / "usr/bin/installer")
    (folder / "usr/bin/installer").chmod(0o755)
    (folder / "usr/sbin/grub-install").write_text(_NO_GRUB)
    (folder / "usr/sbin/grub-install").chmod(0o755)
    mkfs = folder / "usr/share/xfsprogs/mkfs"
    shutil.copyfile(mkfs / "lts_6.12.conf", mkfs / "lts_6.18.conf")
    (folder / _ASSETS).mkdir(parents=True)
    shutil.copyfile(kernel.build() / kernel.PROGRAM, folder / _ASSETS / "vmlinuz")
    shutil.copyfile(root.layer(version), folder / _ASSETS / "initramfs.xz")
    archive = target / "root.tar"
    oci.pack(folder, archive)
    shutil.rmtree(folder)
    with archive.open("rb") as stream:
        layer = oci.compress(stream, target / "layer.tar.gz")
    archive.unlink()
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    oci.write_layout(target, [layer], {"Env": [path, f"VERSION=v{version}"], "Entrypoint": ["/bin/installer"]})
