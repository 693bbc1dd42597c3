# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules' documentation shows, as tests run it: each EXAMPLE in a play of its own."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

MODULES = Path(__file__).resolve().parents[2] / "plugins" / "modules"
RECAP = re.compile(r"^(alga_\w+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)\s+skipped=(\d+)", re.MULTILINE)


class Counts(NamedTuple):
    """What the EXAMPLES of one module came to."""

    ran: int
    changed: int
    failed: int
    skipped: int


class Played(NamedTuple):
    """What a run came to, by module, and what was printed."""

    counts: dict[str, Counts]
    output: str


def examples(module: Path) -> list[dict[str, Any]]:
    """The tasks in the documentation of a module."""
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "EXAMPLES":
            return list(yaml.safe_load(ast.literal_eval(node.value)))
    raise AssertionError(f"{module.name} has no EXAMPLES")


def play(
    modules: Sequence[str],
    *options: str,
    folder: Path,
    programs: Mapping[str, Path],
    literals: Mapping[str, str],
    variables: Mapping[str, str] | None = None,
) -> Played:
    """Play each EXAMPLE of these modules in a play of its own, and on a host of its module's.

    So a task finds only what tasks of the same EXAMPLES registered before it.

    Args:
        modules: their names, in the order in which they are played.
        options: of ansible-playbook.
        folder: of the playbook, with the files that EXAMPLES look up.
        programs: what is found on the PATH.
        literals: what is the reader's own in the printed text, and what takes its place here.
        variables: what EXAMPLES have from their reader.
    """
    text = json.dumps(
        [
            {"name": f"{module}: {task['name']}", "hosts": module, "gather_facts": False, "tasks": [task]}
            for module in modules
            for task in examples(MODULES / f"{module}.py")
        ]
    )
    for literal, here in literals.items():
        text = text.replace(literal, here)
    playbook, inventory, path = folder / "examples.yml", folder / "inventory.json", folder / "programs"
    playbook.write_text(text)
    host = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}", **(variables or {})}
    inventory.write_text(json.dumps({"examples": {"hosts": {module: {} for module in modules}, "vars": host}}))
    path.mkdir(exist_ok=True)
    for name, program in programs.items():
        (path / name).unlink(missing_ok=True)
        (path / name).symlink_to(program)
    ended = subprocess.run(
        ["ansible-playbook", "-i", str(inventory), str(playbook), *options],
        env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    counts = {
        module: Counts(int(ran), int(changed), int(failed) + int(away), int(skipped))
        for module, ran, changed, away, failed, skipped in RECAP.findall(ended.stdout)
    }
    return Played(counts, ended.stdout + ended.stderr)
