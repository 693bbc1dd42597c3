# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The descriptions of images, `images/NAME/image.yml`, read and judged."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.alga.appliance.tests.appliance.node import programs, versions
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError

_NAME = re.compile(r"^[a-z0-9.-]+\.[a-z0-9.-]+(/[a-z0-9]+([._-]+[a-z0-9]+)*)+:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")
_PACKAGE = re.compile(r"^[a-z0-9][a-z0-9+.-]+$")
_LISTS = ("names", "packages", "npm", "go", "remove")
_SOURCE = {"name": str, "packages": list, "command": str}
_CONFIG = {"User", "Env", "Entrypoint", "Cmd", "WorkingDir", "ExposedPorts", "Volumes", "StopSignal", "Labels"}


@dataclasses.dataclass(frozen=True)
class Source:
    """A Debian source package that is built for an image whose suite has no package of it.

    Attributes:
        name: of the source package, as the suite of the other images has it.
        suite: that it is built for.
        packages: of that suite, with which it is built.
        command: builds it in its own folder and installs it below `$DESTDIR`.
    """

    name: str
    suite: str
    packages: tuple[str, ...]
    command: str


@dataclasses.dataclass(frozen=True)
class ImageFile:
    """One image to build.

    Attributes:
        folder: where image.yml is.
        names: full references, `REGISTRY/PATH:TAG`; `{NAME}` in the file stands for a version of `node.versions`.
        suite: Debian's suite that the packages come from.
        packages: Debian packages of the base layer.
        users: system users that exist, with these ids, before the packages are installed.
        remove: absolute paths taken out of the base layer.
        source: built for the image; None when nothing is.
        files: folder laid over the root, owned by root; None when there is none.
        npm: folders inside the image in which the locked npm packages are installed.
        go: folders beside image.yml; each is a static Go program and becomes `/FOLDER`.
        programs: programs of the test appliance, by the path inside the image that each gets.
        config: OCI configuration.
    """

    folder: Path
    names: tuple[str, ...]
    suite: str
    packages: tuple[str, ...]
    users: Mapping[str, int]
    remove: tuple[str, ...]
    source: Source | None
    files: Path | None
    npm: tuple[str, ...]
    go: tuple[str, ...]
    programs: Mapping[str, str]
    config: Mapping[str, Any]


def read_all(images: Path) -> list[ImageFile]:
    """Read every image's description below a folder.

    Raises:
        NodeError: one or more are wrong; names all of them.
    """
    found, wrong = [], []
    for path in sorted(images.glob("*/image.yml")):
        try:
            found.append(read(path))
        except NodeError as error:
            wrong.append(str(error))
    taken: dict[str, Path] = {}
    for image in found:
        for name in image.names:
            other = taken.setdefault(name, image.folder)
            if other != image.folder:
                wrong.append(f"{image.folder}/image.yml: the name {name} is taken by {other}/image.yml.")
    if wrong:
        raise NodeError("\n".join(wrong))
    return found


def read(path: Path) -> ImageFile:
    """Read one image.yml. With the key `like` it says only what is different from another image, by that one's folder.

    Raises:
        NodeError: it is wrong; names everything that is.
    """
    content = _content(path)
    if "like" in content:
        other = (path.parent / str(content.pop("like")) / "image.yml").resolve()
        if not other.is_file():
            raise NodeError(f"{path} is wrong:\n  - like: there is no {other}")
        model = _content(other)
        files = other.parent / str(model.pop("files", "rootfs"))
        content = {**model, **({"files": str(files)} if files.is_dir() else {}), **content}
    wrong = _findings(path, content)
    if wrong:
        raise NodeError(f"{path} is wrong:\n" + "\n".join(f"  - {line}" for line in wrong))
    files = path.parent / content.get("files", "rootfs")
    suite = content.get("suite", versions.DEBIAN_SUITE)
    source = content.get("source")
    return ImageFile(
        folder=path.parent,
        names=tuple(name.format(**vars(versions)) for name in content["names"]),
        suite=suite,
        packages=tuple(content.get("packages", ())),
        users=content.get("users", {}),
        remove=tuple(content.get("remove", ())),
        source=Source(source["name"], suite, tuple(source["packages"]), source["command"]) if source else None,
        files=files if files.is_dir() else None,
        npm=tuple(content.get("npm", ())),
        go=tuple(content.get("go", ())),
        programs=content.get("programs", {}),
        config=content.get("config", {}),
    )


def _content(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise NodeError(f"{path} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise NodeError(f"{path} must be a mapping with the key names; it is {type(content).__name__}.")
    return content


def _findings(path: Path, content: Mapping[str, Any]) -> list[str]:
    wrong = [f"unknown key {key}; known are {', '.join(sorted(_KEYS))}" for key in sorted(set(map(str, content)) - _KEYS)]
    for key in _LISTS:
        value = content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            wrong.append(f"{key} must be a list of strings; it is {value!r}")
    if wrong:
        return wrong
    if not content.get("names"):
        wrong.append("names is missing; give at least one full reference such as docker.io/library/redis:latest")
    wrong += [
        f"the name {name} is not a full reference REGISTRY/PATH:TAG, such as docker.io/library/redis:latest"
        for name in content.get("names", [])
        if not _NAME.fullmatch(name.format(**vars(versions)))
    ]
    wrong += [f"{item} is no Debian package's name" for item in content.get("packages", []) if not _PACKAGE.match(item)]
    wrong += [f"remove: {item} is not an absolute path" for item in content.get("remove", []) if item[:1] != "/"]
    if "files" in content and not (path.parent / str(content["files"])).is_dir():
        wrong.append(f"files: there is no folder {path.parent / str(content['files'])}")
    return wrong + _structure_findings(path, content)


def _structure_findings(path: Path, content: Mapping[str, Any]) -> list[str]:
    wrong = []
    config = content.get("config", {})
    if not isinstance(config, dict):
        wrong.append("config must be a mapping")
    elif unknown := set(map(str, config)) - _CONFIG:
        wrong.append(f"config: unknown keys {', '.join(sorted(unknown))}; known are {', '.join(sorted(_CONFIG))}")
    users = content.get("users", {})
    if not isinstance(users, dict) or not all(isinstance(uid, int) for uid in users.values()):
        wrong.append("users must map a name to a numeric id, such as postgres: 999")
    if not isinstance(content.get("suite", ""), str):
        wrong.append("suite must be the name of a Debian suite, such as bookworm")
    source = content.get("source", {"name": "", "packages": [], "command": ""})
    if not isinstance(source, dict) or {key: type(value) for key, value in source.items()} != _SOURCE:
        wrong.append("source must have name and command, which are strings, and packages, which is a list")
    if unknown := set(content.get("programs", {}).values()) - programs.NAMES:
        wrong.append(f"programs: unknown ones {', '.join(sorted(unknown))}; known are {', '.join(sorted(programs.NAMES))}")
    files = path.parent / str(content.get("files", "rootfs"))
    wrong += [
        f"npm: there is no {files / item / 'package-lock.json'}"
        for item in content.get("npm", [])
        if not (files / item / "package-lock.json").is_file()
    ]
    wrong += [
        f"go: there is no {path.parent / item / 'go.mod'}"
        for item in content.get("go", [])
        if not (path.parent / item / "go.mod").is_file()
    ]
    return wrong


_KEYS = {*_LISTS, "files", "config", "users", "programs", "suite", "source"}
