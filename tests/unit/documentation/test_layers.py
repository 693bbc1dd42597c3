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
FILES = [path for layer in LAYERS for path in sorted((SOURCES / layer).glob("*.py")) if path.name != "__init__.py"]


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


def covered(layer: str, tests: t.Iterable[str]) -> set[str]:
    """The files of a layer that tests import by name."""
    found = [words for text in tests for words in imports(text)]
    return {words[words.index(layer) + 1] for words in found if layer in words[:-1]}


def faults(layer: str, text: str) -> list[str]:
    """What a file of a layer imports and may not."""
    own = list(LAYERS).index(layer)
    found = []
    for words in imports(text, ("module_utils", layer)):
        above = [name for name in list(LAYERS)[own + 1 :] if name in words]
        foreign = layer == "_core" and words[0] not in sys.stdlib_module_names and "_core" not in words
        found += [".".join(words)] if above or foreign or "ansible" in words[:1] else []
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_every_file_has_a_unit_test_below_the_folder_of_its_layer(layer: str) -> None:
    known = covered(layer, [path.read_text() for path in (TESTS / LAYERS[layer]).rglob("test_*.py")])
    assert not {path.stem for path in FILES if path.parent.name == layer} - known - {"_context"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_imports_upwards_and_the_core_the_standard_library_only(path: Path) -> None:
    assert faults(path.parent.name, path.read_text()) == []


@pytest.mark.parametrize(
    ("layer", "planted"),
    [
        ("_core", "import yaml"),
        ("_core", "from ansible.module_utils.basic import AnsibleModule"),
        ("_core", "from .._adapters import kubernetes"),
        ("_core", "from ansible_collections.alga.appliance.plugins.module_utils._use_cases import release"),
        ("_core", "def late():\n    from .._adapters.kubernetes import path"),
        ("_adapters", "from .._use_cases._context import Params"),
        ("_adapters", "from .. import _use_cases"),
        ("_adapters", "import ansible.module_utils.basic"),
        ("_use_cases", "from ansible.errors import AnsibleError"),
    ],
)
def test_a_planted_import_is_found(layer: str, planted: str) -> None:
    assert faults(layer, planted)


def test_what_is_allowed_is_not_found_and_a_test_that_is_missing_is() -> None:
    assert not faults(
        "_core", "from __future__ import annotations\nimport json\nfrom . import names\nfrom .._core.errors import Refused"
    )
    assert not faults("_use_cases", "from .._adapters import helm\nfrom .._core import names\nfrom . import namespace")
    package = "ansible_collections.alga.appliance.plugins.module_utils"
    assert covered("_core", [f"from {package}._core import names, sizes", f"from {package}._core.scram import verifier"]) == {
        "names",
        "sizes",
        "scram",
    }
    assert covered("_core", [f"from {package}._adapters import helm"]) == set()
