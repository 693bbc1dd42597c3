# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation in the modules and in what they share, read from the files as ansible-doc reads it."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]
MODULES = sorted((ROOT / "plugins/modules").glob("alga_*.py"))
FRAGMENTS = sorted((ROOT / "plugins/doc_fragments").glob("_*.py"))


def constant(file: Path, name: str) -> str:
    """The text of a module's constant, or of a fragment's."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return str(ast.literal_eval(node.value))
    raise AssertionError(f"{file.name} has no {name}")
