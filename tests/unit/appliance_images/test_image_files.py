# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The descriptions of images: what is read, and that everything wrong is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import versions
from ansible_collections.alga.appliance.tests.appliance.node.image_files import Source, read, read_all
from ansible_collections.alga.appliance.tests.appliance.node.images import IMAGES, VARIANTS
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError


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


def test_a_variant_says_only_what_is_different_from_its_model() -> None:
    (variant,) = read_all(VARIANTS)
    model = read(IMAGES / "postgresql" / "image.yml")
    assert (variant.users, variant.files, variant.config) == (model.users, model.files, model.config)
    assert (model.suite, variant.suite) == (versions.DEBIAN_SUITE, "bookworm")
    assert not set(variant.names) & set(model.names)
    assert not set(variant.packages) & set(model.packages)
    assert variant.source and (variant.source.name, variant.source.suite) == ("pgvector", "bookworm")


def test_a_model_gives_what_is_not_said_and_must_exist(tmp_path: Path) -> None:
    source = "source: {name: a, packages: [make], command: make install}"
    model = describe(tmp_path, "model", f"names: [docker.io/library/a:1]\nsuite: sid\npackages: [busybox]\n{source}\n")
    path = describe(tmp_path, "one", "like: ../model\nnames: [docker.io/library/b:1]\n")
    assert (read(path).names, read(path).packages, read(path).files) == (("docker.io/library/b:1",), ("busybox",), None)
    assert read(path).source == Source("a", "sid", ("make",), "make install")
    (model.parent / "rootfs").mkdir()
    assert read(path).files == model.parent / "rootfs"
    model.unlink()
    with pytest.raises(NodeError, match="like: there is no"):
        read(path)


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
        ("names: [docker.io/library/a:1]\nsuite: [sid]\nsource: {name: a}", ["the name of a Debian suite", "source must have"]),
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
