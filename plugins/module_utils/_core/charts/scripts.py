# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts that containers run."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .manifest import Item, Path, get, mapping, sequence, text
from .pods import Container, pod


@dataclass(frozen=True)
class Script:
    """A text that a container may run as a script, and where it stands."""

    text: str
    item: Item
    path: Path


def scripts(container: Container, config_maps: t.Mapping[tuple[str, str], Item]) -> t.Iterator[Script]:
    """What a container runs: its command, and the files of rendered ConfigMaps that the command names.

    :param config_maps: by namespace and name.
    """
    words = [(kind, index) for kind in ("command", "args") for index in range(len(sequence(container.get(kind))))]
    for word in words:
        yield Script(text(container.get(*word)), container.item, (*container.path, *word))
    spoken = " ".join(text(container.get(*word)) for word in words)
    for mount in sequence(container.get("volumeMounts")):
        for source, key, file in _files(container, text(get(mount, "name")), config_maps):
            if _names(spoken, text(get(mount, "mountPath")).rstrip("/"), text(get(mount, "subPath")), file):
                yield Script(text(source.get("data", key)), source, ("data", key))


def _names(spoken: str, mounted: str, part: str, file: str) -> bool:
    """Whether a command names a file of a volume, by its whole path or from within its directory.

    :param part: what of the volume is mounted; the mount of one file is that file.
    """
    if part:
        return part == file and mounted in spoken
    return f"{mounted}/{file}" in spoken or (f"cd {mounted}" in spoken and f"./{file}" in spoken)


def _files(container: Container, volume: str, known: t.Mapping[tuple[str, str], Item]) -> t.Iterator[tuple[Item, t.Any, str]]:
    """The ConfigMaps in a volume, with each key and the file that it becomes."""
    spec = pod(container.item) or ()
    entries = [each for each in sequence(container.item.get(*spec, "volumes")) if text(get(each, "name")) == volume]
    for entry in entries:
        for source in [entry, *sequence(get(entry, "projected", "sources"))]:
            config = known.get((container.item.namespace, text(get(source, "configMap", "name"))))
            chosen = sequence(get(source, "configMap", "items"))
            if config is not None and chosen:
                yield from ((config, text(get(each, "key")), text(get(each, "path"))) for each in chosen)
            elif config is not None:
                yield from ((config, key, text(key)) for key in mapping(config.get("data")))
