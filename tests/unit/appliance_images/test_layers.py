# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers and layouts: equal content makes equal bytes, whoever owns the files and whenever they were written."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import oci


def tree(folder: Path, *, backwards: bool, time: int) -> Path:
    files = {"usr/bin/run": 0o755, "usr/bin/data": 0o600, "etc/a.conf": 0o664}
    for name, mode in sorted(files.items(), reverse=backwards):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        path.chmod(mode)
        os.utime(path, (time, time))
    (folder / "bin").symlink_to("usr/bin")
    return folder


def layer(folder: Path, target: Path) -> oci.Layer:
    archive = target.with_suffix(".tar")
    oci.pack(folder, archive)
    with archive.open("rb") as stream:
        return oci.compress(stream, target)


def test_equal_content_is_an_equal_layer(tmp_path: Path) -> None:
    first = layer(tree(tmp_path / "a", backwards=False, time=1), tmp_path / "a.gz")
    second = layer(tree(tmp_path / "b", backwards=True, time=1_700_000_000), tmp_path / "b.gz")
    assert (first.digest, first.diff_id) == (second.digest, second.diff_id)


def test_a_changed_byte_is_another_layer(tmp_path: Path) -> None:
    first = layer(tree(tmp_path / "a", backwards=False, time=1), tmp_path / "a.gz")
    changed = tree(tmp_path / "b", backwards=False, time=1)
    (changed / "etc" / "a.conf").write_text("other")
    assert layer(changed, tmp_path / "b.gz").diff_id != first.diff_id


def test_files_belong_to_root_and_keep_only_their_executable_bit(tmp_path: Path) -> None:
    made = layer(tree(tmp_path / "a", backwards=False, time=1), tmp_path / "a.gz")
    with tarfile.open(made.path) as tar:
        members = {member.name: member for member in tar}
    assert {(m.uid, m.gid, m.uname, m.mtime) for m in members.values()} == {(0, 0, "", 0)}
    assert (members["usr/bin/run"].mode, members["usr/bin/data"].mode, members["usr"].mode) == (0o755, 0o644, 0o755)
    assert members["bin"].linkname == "usr/bin"


def test_a_layout_names_what_it_holds(tmp_path: Path) -> None:
    made = layer(tree(tmp_path / "a", backwards=False, time=1), tmp_path / "a.gz")
    oci.write_layout(tmp_path / "layout", [made], {"Cmd": ["run"]})
    blobs = tmp_path / "layout" / "blobs" / "sha256"
    for blob in blobs.iterdir():
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name
    manifest = json.loads((blobs / oci.manifest_digest(tmp_path / "layout").removeprefix("sha256:")).read_bytes())
    config = json.loads((blobs / manifest["config"]["digest"].removeprefix("sha256:")).read_bytes())
    assert manifest["layers"][0]["digest"] == made.digest
    assert config["rootfs"]["diff_ids"] == [made.diff_id]
    assert config["config"] == {"Cmd": ["run"]}


def test_a_kept_layer_is_read_back(tmp_path: Path) -> None:
    made = layer(tree(tmp_path / "a", backwards=False, time=1), tmp_path / "a.gz")
    assert oci.read_layer(tmp_path / "a.gz") == made
