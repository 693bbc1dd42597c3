# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run checks its variables once: no role that the collection uses itself checks its arguments in a task of its own."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
FILES = [*sorted((ROOT / "playbooks").rglob("*.yml")), *sorted((ROOT / "roles").glob("*/tasks/*.yml"))]
USES = ("ansible.builtin.import_role", "ansible.builtin.include_role")


def uses(found: t.Any) -> t.Iterator[dict[str, t.Any]]:
    """Every use of a role in a list of plays, blocks or tasks."""
    for item in found or []:
        yield from (item[name] for name in USES if name in item)
        for inside in ("tasks", "block", "rescue", "always"):
            yield from uses(item.get(inside))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_variables_are_checked_once(file: Path) -> None:
    assert [each["name"] for each in uses(yaml.safe_load(file.read_text())) if each.get("rolespec_validate") is not False] == []


def test_uses_are_found() -> None:
    assert sum(1 for file in FILES for _use in uses(yaml.safe_load(file.read_text()))) > 60
