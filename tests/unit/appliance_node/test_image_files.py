# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""image.yml is read, and whatever is wrong in it is said in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ansible_collections.alga.appliance.tests.appliance.node.image_files import read, read_all
from ansible_collections.alga.appliance.tests.appliance.node.images import IMAGES
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError

if TYPE_CHECKING:
    from pathlib import Path

_GOOD = "names: [docker.io/library/a:latest]\npackages: [busybox]\n"


def _image(folder: Path, text: str, name: str = "a") -> Path:
    target = folder / name
    target.mkdir()
    path = target / "image.yml"
    path.write_text(text)
    return path


def test_reads_a_good_one(tmp_path: Path) -> None:
    image = read(_image(tmp_path, _GOOD))
    assert (image.names, image.packages, image.files) == (("docker.io/library/a:latest",), ("busybox",), None)


def test_takes_the_folder_rootfs_when_it_is_there(tmp_path: Path) -> None:
    path = _image(tmp_path, _GOOD)
    (path.parent / "rootfs").mkdir()
    assert read(path).files == path.parent / "rootfs"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be a mapping"),
        ("names: [", "is not YAML"),
        ("packages: [busybox]", "names is missing"),
        ("names: []", "names is missing"),
        ("names: docker.io/library/a:latest", "must be a list of strings"),
        ("names: [redis:latest]", "not a full reference"),
        ("names: [docker.io/library/redis]", "not a full reference"),
        (_GOOD + "package: [x]", "unknown key package"),
        (_GOOD + "files: nowhere", "there is no folder"),
        (_GOOD + "npm: [app]", "package-lock.json"),
        (_GOOD + "go: [app]", "go.mod"),
        (_GOOD + "config: {Command: [sh]}", "unknown keys Command"),
        (_GOOD + "users: {postgres: many}", "numeric id"),
        (_GOOD + "remove: [etc]", "absolute path"),
        ("names: [docker.io/library/a:latest]\npackages: ['a;b']", "no Debian package"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = _image(tmp_path, text)
    with pytest.raises(NodeError, match=said) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_all_wrong_files_are_named_and_a_name_is_taken_once(tmp_path: Path) -> None:
    _image(tmp_path, _GOOD, "one")
    _image(tmp_path, _GOOD, "two")
    _image(tmp_path, "names: []", "three")
    with pytest.raises(NodeError) as caught:
        read_all(tmp_path)
    assert "is taken by" in str(caught.value)
    assert "names is missing" in str(caught.value)


def test_the_appliances_own_images_are_good() -> None:
    names = {name for image in read_all(IMAGES) for name in image.names}
    assert {"docker.io/ankane/pgvector:latest", "docker.io/library/redis:latest", "registry.k8s.io/pause:3.10"} <= names
