# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another version of Kubernetes: the images of the one that is built, with the program linked as the next patch version."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.alga.appliance.tests.appliance.metal import images
from ansible_collections.alga.appliance.tests.appliance.node import cache, oci, programs, versions
from ansible_collections.alga.appliance.tests.appliance.node.golang import Program

_FORMAT = "1"
_BLOBS = Path("blobs") / "sha256"


def version() -> str:
    """The patch version after the one that is built."""
    major, minor, patch = versions.KUBERNETES.split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


def build_all() -> Mapping[str, Path]:
    """Build what is not kept yet; for each full reference the layout that carries it."""
    old = f":v{versions.KUBERNETES}"
    named = {name: layout for name, layout in images.build_all().items() if name.endswith(old)}
    made = {layout: _build(layout) for layout in set(named.values())}
    return {name.removesuffix(old) + f":v{version()}": made[layout] for name, layout in named.items()}


def _program() -> Program:
    """Its version is what the linker says, by which clients and talosctl know it."""
    built = programs.of("kubernetes")
    variables = {name: value.replace(versions.KUBERNETES, version()) for name, value in built.variables.items()}
    return dataclasses.replace(built, version=version(), variables=variables)


def _build(layout: Path) -> Path:
    name = f"metal-{layout.name}-{version()}-{cache.key(_FORMAT, _program().folder, layout.name)}"
    return cache.kept(name, lambda target: _fill(target, layout))


def _fill(target: Path, layout: Path) -> None:
    program = programs.kept(_program())
    place = target / "root/usr/local/bin/kubernetes"
    place.parent.mkdir(parents=True)
    shutil.copyfile(program, place)
    place.chmod(0o755)
    archive = target / "program.tar"
    oci.pack(target / "root", archive)
    shutil.rmtree(target / "root")
    with archive.open("rb") as stream:
        layer = oci.compress(stream, target / "program.tar.gz")
    archive.unlink()
    manifest = _blob(layout, oci.manifest_digest(layout))
    config = _blob(layout, manifest["config"]["digest"])
    digests = [entry["digest"] for entry in manifest["layers"]]
    below = [
        oci.Layer(layout / _BLOBS / digest.removeprefix("sha256:"), digest, diff_id)
        for digest, diff_id in zip(digests, config["rootfs"]["diff_ids"], strict=True)
    ]
    oci.write_layout(target, [*below, layer], config["config"])


def _blob(layout: Path, digest: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((layout / _BLOBS / digest.removeprefix("sha256:")).read_bytes())
    return content
