# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OCI image layouts: layers as compressed archives, a configuration, a manifest, an index."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import os
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_BLOCK = 1 << 20
TAG = "built"


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        path: the compressed archive.
        digest: `sha256:…` of the compressed archive.
        diff_id: `sha256:…` of the archive inside.
    """

    path: Path
    digest: str
    diff_id: str


def compress(archive: IO[bytes], target: Path) -> Layer:
    """Compress a tar stream into `target` and keep both digests beside it."""
    inner = hashlib.sha256()
    # Level 1: the layers travel over loopback only. No name and no time, so that equal content is an equal layer.
    with target.open("wb") as raw, gzip.GzipFile(fileobj=raw, filename="", mode="wb", compresslevel=1, mtime=0) as out:
        while block := archive.read(_BLOCK):
            inner.update(block)
            out.write(block)
    layer = Layer(target, f"sha256:{_sha256(target)}", f"sha256:{inner.hexdigest()}")
    _digests(target).write_text(json.dumps({"digest": layer.digest, "diff_id": layer.diff_id}))
    return layer


def read_layer(path: Path) -> Layer:
    """A layer that `compress` made earlier."""
    digests = json.loads(_digests(path).read_text())
    return Layer(path, digests["digest"], digests["diff_id"])


def pack(folder: Path, archive: Path) -> None:
    """Pack a folder's content owned by root, modes reduced to 0755 and 0644, without times: equal content, equal bytes."""
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            tar.add(path, arcname=str(path.relative_to(folder)), recursive=False, filter=_owned_by_root)


def write_layout(target: Path, layers: Sequence[Layer], config: Mapping[str, Any]) -> None:
    """Write an image layout with one image under the tag `built`; blobs are hard links of the layers."""
    blobs = target / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for layer in layers:
        destination = blobs / layer.digest.removeprefix("sha256:")
        if not destination.exists():
            os.link(layer.path, destination)
    image = {
        "architecture": "amd64",
        "os": "linux",
        "config": dict(config),
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": {"mediaType": _CONFIG, **_blob(blobs, image)},
        "layers": [{"mediaType": _LAYER, "digest": layer.digest, "size": layer.path.stat().st_size} for layer in layers],
    }
    named = {
        "mediaType": _MANIFEST,
        **_blob(blobs, manifest),
        "annotations": {"org.opencontainers.image.ref.name": TAG},
    }
    (target / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (target / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))


def manifest_digest(layout: Path) -> str:
    """The digest by which a registry knows the layout's image."""
    digest: str = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    return digest


def _owned_by_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    if not member.issym():
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member


def _blob(blobs: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    data = json.dumps(content, sort_keys=True).encode()
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}


def _digests(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
