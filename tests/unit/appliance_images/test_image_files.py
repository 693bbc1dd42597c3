# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The descriptions of images: what is read, and that everything wrong is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from node.image_files import read, read_all
from node.messages import NodeError

IMAGES = Path(__file__).resolve().parents[2] / "appliance" / "images"


def describe(folder: Path, name: str, text: str) -> Path:
    path = folder / name / "image.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_the_images_of_the_appliance_are_described_rightly() -> None:
    found = {image.folder.name: image for image in read_all(IMAGES)}
    assert {"application", "busybox", "postgresql", "redis"} <= set(found)
    assert found["postgresql"].names == ("docker.io/ankane/pgvector:latest",)
    assert found["postgresql"].users == {"postgres": 999}
    assert found["busybox"].names == ("docker.io/library/busybox:latest", "docker.io/library/busybox:1.36")


def test_rootfs_is_taken_when_it_is_there(tmp_path: Path) -> None:
    path = describe(tmp_path, "one", "names: [docker.io/library/one:latest]")
    assert read(path).files is None
    (path.parent / "rootfs").mkdir()
    assert read(path).files == path.parent / "rootfs"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a list", ["must be a mapping"]),
        ("names: [\n", ["is not YAML"]),
        ("packages: [redis-server]", ["names is missing"]),
        ("names: [redis]\npackages: ['Redis Server']", ["the name redis is not a full reference", "no Debian package's name"]),
        ("names: [docker.io/library/a:1]\nfile: x\npackages: redis", ["unknown key file", "packages must be a list of strings"]),
        ("names: [docker.io/library/a:1]\nnpm: [app]\nfiles: gone", ["there is no folder", "package-lock.json"]),
        ("names: [docker.io/library/a:1]\nconfig: {Cmnd: [a]}\nusers: {a: b}", ["unknown keys Cmnd", "users must map"]),
        ("names: [docker.io/library/a:1]\nremove: [etc]\ngo: [tool]", ["not an absolute path", "go.mod"]),
    ],
)
def test_everything_wrong_is_said_at_once(tmp_path: Path, text: str, expected: list[str]) -> None:
    path = describe(tmp_path, "one", text)
    with pytest.raises(NodeError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    for part in expected:
        assert part in str(caught.value)


def test_two_wrong_descriptions_are_named_in_one_answer(tmp_path: Path) -> None:
    describe(tmp_path, "one", "names: []")
    describe(tmp_path, "two", "names: [two]")
    with pytest.raises(NodeError) as caught:
        read_all(tmp_path)
    assert "one/image.yml" in str(caught.value)
    assert "two/image.yml" in str(caught.value)


def test_a_name_belongs_to_one_image(tmp_path: Path) -> None:
    for name in ("one", "two"):
        describe(tmp_path, name, "names: [docker.io/library/same:latest]")
    with pytest.raises(NodeError, match=r"the name docker\.io/library/same:latest is taken by .*/one/image\.yml"):
        read_all(tmp_path)
