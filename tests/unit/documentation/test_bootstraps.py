# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each step in docs/bootstraps.md has a test that exists, or says why it is not done (R32)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROOF = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


def rows() -> list[list[str]]:
    """The cells of every row but the tables' heads."""
    lines = [line for line in (ROOT / "docs/bootstraps.md").read_text().splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if not line.startswith("| Step")]


def named_in(file: str) -> set[str]:
    """The tests of every file of a name."""
    found = [path for path in (ROOT / "tests").rglob(file) if ".build" not in path.relative_to(ROOT).parts]
    assert found, file
    nodes = (node for path in found for node in ast.parse(path.read_text()).body)
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


def test_every_step_of_their_bootstrap_has_a_proof_or_a_reason_r32() -> None:
    table = rows()
    assert len(table) > 30 and {len(cells) for cells in table} == {4}, [cells for cells in table if len(cells) != 4]
    for step, _theirs, _ours, proof in table:
        named = PROOF.fullmatch(proof)
        if named is None:
            assert re.match(r"not done, because \S", proof), step
        else:
            assert named.group(2) in named_in(named.group(1)), f"{step}: {proof}"
