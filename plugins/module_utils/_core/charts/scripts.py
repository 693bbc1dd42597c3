# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts that containers run."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .manifest import Item, Path, get, sequence, text
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
        source = _config_map(container, text(get(mount, "name")), config_maps)
        data = source.get("data") if source else None
        for key in data if source and isinstance(data, dict) else ():
            if f"{text(get(mount, 'mountPath')).rstrip('/')}/{text(key)}" in spoken and source:
                yield Script(text(get(data, key)), source, ("data", key))


def _config_map(container: Container, volume: str, known: t.Mapping[tuple[str, str], Item]) -> Item | None:
    spec = pod(container.item) or ()
    for entry in sequence(container.item.get(*spec, "volumes")):
        if text(get(entry, "name")) == volume:
            return known.get((container.item.namespace, text(get(entry, "configMap", "name"))))
    return None
