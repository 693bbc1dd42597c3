# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rendered manifests as a chart check reads them: each value with its line, and nothing assumed about its type.

Whatever is YAML may stand in a manifest, so every access gives None, or an empty collection, where it meets another type.
"""

from __future__ import annotations

import base64
import binascii
import typing as t
from dataclasses import dataclass, field

Path: t.TypeAlias = tuple[str | int, ...]
# Behind the path of a text whose lines are those of the manifest (YAML: literal style): the line on which the text itself begins.
BLOCK = "|"


def get(value: t.Any, *path: str | int) -> t.Any:
    """What stands at a path; None where there is nothing, or something else on the way."""
    for step in path:
        if isinstance(value, t.Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def mapping(value: t.Any) -> t.Mapping[t.Any, t.Any]:
    """A mapping; an empty one for anything else."""
    return value if isinstance(value, t.Mapping) else {}


def sequence(value: t.Any) -> list[t.Any]:
    """A list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def text(value: t.Any) -> str:
    """A scalar as a manifest writes it; an empty text for anything else."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else ""


def number(value: t.Any) -> int | None:
    """A whole number, which may be written as a text."""
    return int(text(value)) if text(value).isascii() and text(value).isdecimal() and len(text(value)) < 10 else None


def decoded(value: t.Any) -> str:
    """A value of a Secret's ``data``; an empty text where it is no text in base64."""
    try:
        return base64.b64decode(text(value)).decode()
    except (binascii.Error, ValueError):
        return ""


@dataclass(frozen=True)
class Place:
    """Where something stands.

    :param source: the chart's file; empty where helm names none.
    :param line: of all the manifests that helm rendered for the chart, counted from 1.
    """

    source: str
    line: int

    def __str__(self) -> str:
        """As a sentence names it."""
        line = f"line {self.line} of the rendered manifests"
        return f"{self.source} ({line})" if self.source else line


@dataclass(frozen=True)
class Document:
    """One document of the rendered stream.

    :param lines: the line of each value by its path; one that is missing stands where what contains it begins.
    """

    content: t.Any
    source: str = ""
    lines: t.Mapping[Path, int] = field(default_factory=dict)

    def place(self, *path: str | int) -> Place:
        """Where the value at a path stands."""
        known = (path[:length] for length in range(len(path), -1, -1))
        return Place(self.source, next((self.lines[each] for each in known if each in self.lines), 1))


@dataclass(frozen=True)
class Item:
    """One object of a chart.

    :param path: where it is in its document, which may be a List.
    :param home: the namespace of the release.
    :param listed: the kind that its List gives it, which the object need not repeat.
    """

    chart: str
    document: Document
    path: Path
    home: str
    listed: str = ""

    def get(self, *path: str | int) -> t.Any:
        """What the object has at a path."""
        return get(self.document.content, *self.path, *path)

    def place(self, *path: str | int) -> Place:
        """Where that stands."""
        return self.document.place(*self.path, *path)

    @property
    def kind(self) -> str:
        """Its kind."""
        return text(self.get("kind")) or self.listed

    @property
    def name(self) -> str:
        """Its name."""
        return text(self.get("metadata", "name"))

    @property
    def namespace(self) -> str:
        """Its namespace, which is the release's if the chart names none."""
        return text(self.get("metadata", "namespace")) or self.home

    @property
    def annotations(self) -> t.Mapping[t.Any, t.Any]:
        """Its annotations."""
        return mapping(self.get("metadata", "annotations"))

    def __str__(self) -> str:
        """The object as a sentence names it."""
        return f"{self.kind} {self.namespace}/{self.name}"


def items(chart: str, documents: t.Iterable[Document], home: str) -> t.Iterator[Item]:
    """Every object of a chart; what a List contains is an object of its own."""
    for document in documents:
        yield from _items(Item(chart, document, (), home), set())


def _items(found: Item, seen: set[int]) -> t.Iterator[Item]:
    """:param seen: what was looked at; a YAML anchor can make a List contain itself."""
    content = found.get()
    if id(content) in seen:
        return
    seen.add(id(content))
    listed = found.get("items")
    if found.kind.endswith("List") and isinstance(listed, list):
        for index in range(len(listed)):
            path, kind = (*found.path, "items", index), found.kind.removesuffix("List")
            yield from _items(Item(found.chart, found.document, path, found.home, kind), seen)
    elif found.kind:
        yield found
