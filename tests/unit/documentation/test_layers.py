# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layers hold, and every file of them is imported by name by a unit test of its own layer (issue: ports)."""

from __future__ import annotations

import ast
import sys
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES, TESTS = ROOT / "plugins/module_utils", ROOT / "tests/unit"
# From the bottom up; each may import what is below it and its own.
LAYERS = {"_core": "core", "_adapters": "adapters", "_use_cases": "use_cases"}
# Each below its layer, by its room, if it has one, and its name.
FILES = [path.relative_to(SOURCES).with_suffix("").parts for layer in LAYERS for path in sorted((SOURCES / layer).rglob("*.py"))]


def imports(text: str, package: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every module that a file imports, and every name from one, which may be a module, as its words.

    :param package: the file's own, which relative imports begin at.
    """
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (tuple(each.name.split(".")) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = (*above, *(node.module or "").split("."))
            yield from ((*filter(None, module), each.name) for each in node.names)


def covered(file: tuple[str, ...], found: t.Iterable[tuple[str, ...]]) -> bool:
    """Whether what tests import has a file by its name."""
    return any(words[at : at + len(file)] == file for words in found for at, word in enumerate(words) if word == file[0])


def faults(file: tuple[str, ...], text: str) -> list[str]:
    """What a file imports and may not, because of its layer."""
    layer, own = file[0], list(LAYERS).index(file[0])
    found = []
    for words in imports(text, ("module_utils", *file[:-1])):
        above = [name for name in list(LAYERS)[own + 1 :] if name in words]
        foreign = layer == "_core" and words[0] not in sys.stdlib_module_names and "_core" not in words
        found += [".".join(words)] if above or foreign or "ansible" in words[:1] else []
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_every_file_has_a_unit_test_below_the_folder_of_its_layer(layer: str) -> None:
    found = {words for path in (TESTS / LAYERS[layer]).rglob("test_*.py") for words in imports(path.read_text())}
    assert [file for file in FILES if file[0] == layer and file[-1] != "_context" and not covered(file, found)] == []


@pytest.mark.parametrize("layer", LAYERS)
def test_the_unit_tests_are_in_the_rooms_of_the_code(layer: str) -> None:
    rooms = {path.parent.relative_to(TESTS / LAYERS[layer]) for path in (TESTS / LAYERS[layer]).rglob("test_*.py")}
    assert rooms <= {path.parent.relative_to(SOURCES / layer) for path in (SOURCES / layer).rglob("*.py")}


@pytest.mark.parametrize("file", FILES, ids="/".join)
def test_nothing_imports_upwards_and_the_core_the_standard_library_only(file: tuple[str, ...]) -> None:
    assert faults(file, SOURCES.joinpath(*file).with_suffix(".py").read_text()) == []


@pytest.mark.parametrize(
    ("layer", "planted"),  # in a file of a room "room"
    [
        ("_core", "import yaml"),
        ("_core", "from ansible.module_utils.basic import AnsibleModule"),
        ("_core", "from ..._adapters.cluster import kubernetes"),
        ("_core", "from ansible_collections.alga.appliance.plugins.module_utils._use_cases import release"),
        ("_core", "def late():\n    from ..._adapters.cluster.kubernetes import path"),
        ("_adapters", "from ..._use_cases._context import Params"),
        ("_adapters", "from ... import _use_cases"),
        ("_adapters", "import ansible.module_utils.basic"),
        ("_use_cases", "from ansible.errors import AnsibleError"),
    ],
)
def test_a_planted_import_is_found(layer: str, planted: str) -> None:
    assert faults((layer, "room", "file"), planted)


def test_what_is_allowed_is_not_found_and_a_test_that_is_missing_is() -> None:
    core = (
        "from __future__ import annotations\nimport json\nfrom .. import names\nfrom . import hba\nfrom ..errors import Refused"
    )
    assert not faults(("_core", "credentials", "scram"), core)
    use_case = "from ..._adapters.release import helm\nfrom ..._core import names\nfrom ..cluster import namespace"
    assert not faults(("_use_cases", "release", "release"), use_case)
    package = "ansible_collections.alga.appliance.plugins.module_utils"
    found = [*imports(f"from {package}._core.credentials import hba\nfrom {package}._core.credentials.scram import verifier")]
    assert covered(("_core", "credentials", "scram"), found) and covered(("_core", "credentials", "hba"), found)
    assert not covered(("_core", "credentials", "drift"), found) and not covered(("_adapters", "credentials", "hba"), found)
