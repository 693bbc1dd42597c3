# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rendered manifests with the line of every value, and the file of the chart that each document comes from."""

from __future__ import annotations

import re
import typing as t

from ..._core.charts.manifest import BLOCK, Document, Path
from ..._core.errors import ActionFailed
from ..release import helm

IMPORT_ERROR: ImportError | None
try:
    import yaml

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error

# As YAML 1.1 breaks lines, so that the numbers are the parser's.
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_SOURCE = "# Source: "
_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"


def read_documents(chart: str, rendered: str) -> list[Document]:
    """Read what helm rendered for a chart.

    :raises ActionFailed: when it is not YAML; the message repeats nothing of it.
    """
    sources = _sources(rendered)
    found = []
    try:
        for node in yaml.compose_all(rendered, Loader=helm.LOADER):
            lines: dict[Path, int] = {}
            content = _value(node, (), lines, {})
            # The parser puts an empty document at the end on the line behind the last one.
            found.append(Document(content, sources[min(node.start_mark.line, len(sources) - 1)], lines))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark is not None else ""
        raise ActionFailed(
            f"Helm rendered chart {chart} to manifests that are not valid YAML{where}.",
            next_action="Correct the chart or its values.",
        ) from error
    return found


def _sources(rendered: str) -> list[str]:
    """By line, the file that helm says a document comes from, which it does behind the beginning of each."""
    found, source = [], ""
    for line in _BREAK.split(rendered):
        if line.startswith("---"):
            source = ""
        elif line.startswith(_SOURCE):
            source = line.removeprefix(_SOURCE).strip()
        found.append(source)
    return found


def _value(node: yaml.Node, path: Path, lines: dict[Path, int], made: dict[int, t.Any]) -> t.Any:
    """A node as plain values: texts, lists and mappings, as a manifest writes them.

    :param made: by node, since an anchor makes one stand in several places, or within itself; its lines are those of the first.
    """
    lines.setdefault(path, node.start_mark.line + 1)
    if id(node) in made:
        return made[id(node)]
    if isinstance(node, yaml.ScalarNode):
        # A folded text has other lines than those on which it stands.
        if node.style == "|":
            lines[(*path, BLOCK)] = node.start_mark.line + 2
        return None if node.tag == _NULL else node.value
    if isinstance(node, yaml.SequenceNode):
        listed: list[t.Any] = []
        made[id(node)] = listed
        listed += [_value(each, (*path, index), lines, made) for index, each in enumerate(node.value)]
        return listed
    mapped: dict[str, t.Any] = {}
    made[id(node)] = mapped
    merged: dict[str, t.Any] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        lines[(*path, name)] = key.start_mark.line + 1
        read = _value(value, (*path, name), lines, made)
        if key.tag == _MERGE:
            for each in read if isinstance(read, list) else [read]:
                merged = {**(each if isinstance(each, dict) else {}), **merged}
        else:
            mapped[name] = read
    mapped.update({key: value for key, value in merged.items() if key not in mapped})
    return mapped
