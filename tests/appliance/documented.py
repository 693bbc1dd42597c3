# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules' documentation shows, as tests run it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

MODULES = Path(__file__).parents[2] / "plugins" / "modules"


def examples(modules: Iterable[Path]) -> list[dict[str, Any]]:
    """Every task in the documentation of these modules, by the modules' names."""
    found: list[dict[str, Any]] = []
    for module in sorted(modules):
        for node in ast.parse(module.read_text()).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "EXAMPLES":
                found += yaml.safe_load(ast.literal_eval(node.value))
    return found
