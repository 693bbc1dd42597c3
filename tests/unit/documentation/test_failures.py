# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every known failure has a test that carries its number, or a row in docs/failures.md that says why there is none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
UNSAFE = (1, 2, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16)
NUMBERS = [*(f"F{number}" for number in range(1, 37)), "F38", "F42", "F47", *(f"U{number}" for number in UNSAFE)]
NUMBERS += [f"R{number}" for number in range(1, 43)]
ROW = re.compile(r"^\| ([FUR]\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
NUMBER = re.compile(r"_([fur]\d+)(?=_|$)")
# Numbers whose test comes with work that has not come yet.
NOT_YET: set[str] = set()


def rows() -> dict[str, str]:
    """The last column of the table, by number."""
    found = ROW.findall((ROOT / "docs/failures.md").read_text())
    assert [number for number, *_cells in found] == NUMBERS, "one row each, in this order"
    return {number: evidence for number, _there, _here, evidence in found}


def carried() -> dict[str, list[str]]:
    """The tests that carry a number in their name, by number."""
    found: dict[str, list[str]] = {}
    files = [file for kind in ("unit", "scenarios", "talos", "faults") for file in (ROOT / "tests" / kind).rglob("test_*.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for number in NUMBER.findall(node.name):
                    found.setdefault(number.upper(), []).append(f"{file.name}::{node.name}")
    return found


def test_every_failure_has_a_test_or_a_reason() -> None:
    tested = carried()
    assert "F36" in tested, "otherwise no test was found at all"
    for number, evidence in rows().items():
        if evidence == "test":
            assert tested.get(number), f"docs/failures.md says that {number} has a test, and no test carries it"
        else:
            assert re.match(r"cannot occur, because \S", evidence) or number in NOT_YET, f"{number}: {evidence}"
            assert number not in tested, f"{number} has a test now: {tested[number]}; say so in docs/failures.md"


def test_what_is_not_there_yet_says_so() -> None:
    assert {number for number, evidence in rows().items() if evidence.startswith("not yet: ")} == NOT_YET
