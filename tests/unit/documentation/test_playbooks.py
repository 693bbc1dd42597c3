# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks begin on every ansible-core: the oldest one evaluates all of a play's module_defaults before each task."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))
RUN = "import sys; from ansible.cli.playbook import main; sys.exit(main())"


def values(tree: t.Any) -> t.Iterator[str]:
    """Every text in a tree."""
    if isinstance(tree, dict):
        for branch in tree.values():
            yield from values(branch)
    else:
        yield str(tree)


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda playbook: playbook.stem)
def test_no_default_of_a_play_needs_what_a_task_registers(playbook: Path) -> None:
    plays = yaml.safe_load(playbook.read_text())
    needing = [text for play in plays for text in values(play.get("module_defaults", {})) if re.search(r"_result\b", text)]
    assert needing, "otherwise nothing was looked at"
    assert [text for text in needing if not re.search(r"\| default\((omit|'')\) }}$", text)] == []


@pytest.mark.parametrize("name", ["status", "fresh"])
def test_a_playbook_comes_to_its_first_answer(name: str, tmp_path: Path) -> None:
    nowhere = tmp_path / "kubeconfig"
    host = {"ansible_connection": "local", "alga_kubeconfig": str(nowhere)}
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"appliances": {"hosts": {"workshop": host}}}))
    # ansible-test finds collections by a finder of its own, which a process that is started here does not have.
    found = [str(Path(folder).parent) for folder in importlib.import_module("ansible_collections").__path__]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*found, *sys.path]),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(found),
    }
    command = [sys.executable, "-c", RUN, "-i", str(inventory), str(ROOT / f"playbooks/{name}.yml")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)
    assert "nothing was changed" in ended.stdout and str(nowhere) in ended.stdout, ended.stdout + ended.stderr
    assert "_result" not in ended.stdout
