# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images built without Docker: Debian packages in one layer, files in another, both kept by content."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from ansible_collections.alga.appliance.tests.appliance.node import cache, golang, oci, programs, versions
from ansible_collections.alga.appliance.tests.appliance.node.commands import run_long
from ansible_collections.alga.appliance.tests.appliance.node.image_files import ImageFile, Source, read_all

IMAGES = Path(__file__).resolve().parent.parent / "images"
# Built with the others, and brought into the registry by the test that wants one.
VARIANTS = IMAGES.with_name("image_variants")
# Raise when this file makes other bytes out of the same inputs.
_FORMAT = "1"
_DEBIAN_ONLY = ("/usr/share/doc", "/usr/share/man", "/var/cache/apt", "/var/lib/apt/lists", "/var/log")


def build_all(images: Path = IMAGES) -> Mapping[str, Path]:
    """Build every image below a folder that is not kept yet.

    Returns:
        For each full reference the image layout that carries it.
    """
    return {name: _build(image) for image in read_all(images) for name in image.names}


def steps(images: Path = IMAGES) -> list[str]:
    """The steps that building the images below a folder takes, their programs included; none for what is kept."""
    found = [image for image in read_all(images) if not (cache.folder() / _name(image)).is_dir()]
    layers = {_base_name(image): _base_step(image) for image in found if image.packages}
    packages = [step for name, step in layers.items() if not (cache.folder() / name).is_dir()]
    npm = [_npm_step(image, place) for image in found for place in image.npm]
    go = [f"building {program}" for image in found for program in image.go]
    sources = [image.source for image in found if image.source]
    built = [_source_step(source) for source in sources if not (cache.folder() / _source_name(source)).is_dir()]
    own = programs.steps(programs.of(name) for image in found for name in image.programs.values())
    return [*packages, *npm, *go, *built, *own]


def _build(image: ImageFile) -> Path:
    cache.folder().mkdir(parents=True, exist_ok=True)

    def fill(target: Path) -> None:
        layers = [_base_layer(image)] if image.packages else []
        if image.files or image.go or image.programs or image.source:
            layers.append(_files_layer(image, target))
        oci.write_layout(target, layers, image.config)

    return cache.kept(_name(image), fill)


def _name(image: ImageFile) -> str:
    parts = [_FORMAT, _base_name(image), yaml.safe_dump(dict(image.config)), *image.npm]
    parts += [cache.tree_key(image.files)] if image.files else []
    parts += [_source_name(image.source)] if image.source else []
    parts += [cache.tree_key(image.folder / folder) for folder in image.go]
    parts += [f"{place} {programs.of(name).folder}" for place, name in sorted(image.programs.items())]
    return f"image-{image.folder.name}-{cache.key(*parts)}"


def _base_name(image: ImageFile) -> str:
    users = [f"{name}:{uid}" for name, uid in sorted(image.users.items())]
    parts = [_FORMAT, image.suite, versions.DEBIAN_SUITE_REVISION, *users]
    return f"base-{cache.key(*parts, *sorted(image.packages), *sorted(image.remove))}"


def _base_step(image: ImageFile) -> str:
    return f"image {image.folder.name}: Debian packages"


def _npm_step(image: ImageFile, place: str) -> str:
    return f"image {image.folder.name}: npm packages of /{place}"


def _base_layer(image: ImageFile) -> oci.Layer:
    """The layer of Debian packages; images with the same packages share it."""
    name = _base_name(image)

    def fill(target: Path) -> None:
        archive = target / "root.tar"
        argv: list[str | Path] = ["mmdebstrap", "--variant=minbase", f"--include={','.join(image.packages)}"]
        for user, uid in sorted(image.users.items()):
            # Before the packages, whose scripts keep a user that exists.
            argv.append(
                f'--essential-hook=echo "{user}:x:{uid}:{uid}::/var/lib/{user}:/bin/sh" >> "$1/etc/passwd"; '
                f'echo "{user}:x:{uid}:" >> "$1/etc/group"'
            )
        for path in (*_DEBIAN_ONLY, *image.remove):
            argv.append(f'--customize-hook=rm -rf "$1{path}"')
        argv += [image.suite, archive]
        log = cache.folder() / "logs" / f"image-{image.folder.name}.log"
        run_long(_base_step(image), argv, log=log)
        with archive.open("rb") as stream:
            oci.compress(stream, target / "layer.tar.gz")
        archive.unlink()

    return oci.read_layer(cache.kept(name, fill) / "layer.tar.gz")


def _source_name(source: Source) -> str:
    parts = [_FORMAT, versions.DEBIAN_SUITE, versions.DEBIAN_SUITE_REVISION, source.name, source.suite, source.command]
    return f"source-{source.name}-{cache.key(*parts, *sorted(source.packages))}"


def _source_step(source: Source) -> str:
    return f"building {source.name} for {source.suite}"


def _built(source: Source) -> Path:
    """The files that a source package installs, built in a root that is thrown away."""

    def fill(target: Path) -> None:
        line = f"deb-src http://deb.debian.org/debian {versions.DEBIAN_SUITE} main"
        inside = f"cd /tmp; apt-get source {source.name}; cd {source.name}-*/; export DESTDIR=/built; {source.command}"
        argv: list[str | Path] = ["mmdebstrap", "--variant=minbase", f"--include={','.join(('dpkg-dev', *source.packages))}"]
        argv.append(f'--setup-hook=echo {shlex.quote(line)} >> "$1/etc/apt/sources.list.d/source.list"')
        argv.append(f'--customize-hook=chroot "$1" sh -euc {shlex.quote(inside)}')
        argv.append(f"--customize-hook=sync-out /built {shlex.quote(str(target))}")
        argv += ["--format=null", source.suite, "/dev/null"]
        run_long(_source_step(source), argv, log=cache.folder() / "logs" / f"source-{source.name}.log")

    return cache.kept(_source_name(source), fill)


def _files_layer(image: ImageFile, target: Path) -> oci.Layer:
    with tempfile.TemporaryDirectory(prefix="alga-image-") as folder:
        root = Path(folder) / "root"
        if image.files:
            shutil.copytree(image.files, root, symlinks=True)
        else:
            root.mkdir()
        if image.source:
            shutil.copytree(_built(image.source), root, symlinks=True, dirs_exist_ok=True)
        for place in image.npm:
            log = cache.folder() / "logs" / f"npm-{image.folder.name}.log"
            argv = ["npm", "ci", "--omit=dev", "--no-audit", "--no-fund"]
            run_long(_npm_step(image, place), argv, log=log, cwd=root / place)
        for program in image.go:
            golang.build_static(image.folder / program, root / program)
        for place, name in image.programs.items():
            (root / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(programs.kept(programs.of(name)), root / place)
        archive = Path(folder) / "files.tar"
        oci.pack(root, archive)
        with archive.open("rb") as stream:
            return oci.compress(stream, target / "files.tar.gz")
