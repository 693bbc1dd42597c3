# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is built is keyed by its inputs, kept complete or not at all, and equal inputs give equal images."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import cache, oci

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_keys_tell_inputs_apart() -> None:
    assert cache.key("ab", "c") != cache.key("a", "bc")
    assert cache.key("a") == cache.key(b"a")


def test_a_failed_build_leaves_nothing() -> None:
    def fails(target: Path) -> None:
        (target / "half").touch()
        raise RuntimeError("power")

    with pytest.raises(RuntimeError):
        cache.kept("x", fails)
    assert [path.name for path in cache.folder().iterdir()] == ["locks"]


def test_built_once() -> None:
    calls: list[Path] = []
    for _attempt in range(2):
        assert cache.kept("x", calls.append).is_dir()
    assert len(calls) == 1


def test_a_folders_key_follows_content_and_executable_bits(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    file = root / "a"
    file.write_text("1")
    keys = {cache.tree_key(root)}
    file.write_text("2")
    keys.add(cache.tree_key(root))
    file.chmod(0o755)
    keys.add(cache.tree_key(root))
    (root / "b").symlink_to("a")
    keys.add(cache.tree_key(root))
    assert len(keys) == 4


def test_equal_files_are_an_equal_layer_and_the_layout_is_whole(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        root = tmp_path / name / "root"
        (root / "etc").mkdir(parents=True)
        (root / "etc" / "a").write_text("content")
        oci.pack(root, tmp_path / name / "a.tar")
        with (tmp_path / name / "a.tar").open("rb") as stream:
            layer = oci.compress(stream, tmp_path / name / "a.tar.gz")
        assert oci.read_layer(layer.path) == layer
        layout = tmp_path / name / "layout"
        layout.mkdir()
        oci.write_layout(layout, [layer], {"Cmd": ["sh"]})
        digests.append(oci.manifest_digest(layout))
        manifest = json.loads((layout / "blobs" / "sha256" / digests[-1].removeprefix("sha256:")).read_text())
        for blob in (manifest["config"], *manifest["layers"]):
            assert (layout / "blobs" / "sha256" / blob["digest"].removeprefix("sha256:")).stat().st_size == blob["size"]
    assert digests[0] == digests[1]
