# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The model's play is in the order of the playbooks, of whatever files and roles those are made."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.alga.appliance.tests.model.play import MODULES

ROOT = pathlib.Path(__file__).resolve().parents[2]
PREFIX = "alga.appliance."
BLOCKS = ("block", "rescue", "always")
ROLES = tuple(f"ansible.builtin.{verb}_role" for verb in ("import", "include"))
FILES = tuple(f"ansible.builtin.{verb}_tasks" for verb in ("import", "include"))
# How playbooks/parts names the files that it imports, and which steps of a play.
HERE = "{{ playbook_dir }}"
STEPS = "{{ ansible_play_name | split | first | lower }}"


def modules_of(tasks: t.Iterable[t.Mapping[str, t.Any]], folder: pathlib.Path, play: str) -> t.Iterator[str]:
    """The collection's modules that tasks of a play call, one after the other."""
    for task in tasks:
        for key, value in task.items():
            if key in BLOCKS:
                yield from modules_of(value, folder, play)
            elif key in ROLES:
                role = ROOT / "roles" / value["name"].removeprefix(PREFIX) / "tasks"
                yield from modules_in(role / f"{value.get('tasks_from', 'main').removesuffix('.yml')}.yml", play)
            elif key in FILES:
                file = value.replace(HERE, str(ROOT / "playbooks")).replace(STEPS, play.split(maxsplit=1)[0].lower())
                yield from modules_in(folder / file, play)
            elif key.startswith(f"{PREFIX}alga_"):
                yield key.removeprefix(PREFIX)


def modules_in(file: pathlib.Path, play: str) -> t.Iterator[str]:
    """The same of a file of tasks."""
    yield from modules_of(yaml.safe_load(file.read_text()), file.parent, play)


@pytest.mark.parametrize("playbook", ["fresh", "recover"])
def test_the_model_has_the_modules_in_the_order_of_the_playbook(playbook: str) -> None:
    file = ROOT / "playbooks" / f"{playbook}.yml"
    (play,) = yaml.safe_load(file.read_text())
    called = list(modules_of(play["tasks"], file.parent, play["name"]))
    rest = iter(called)
    missing = [name for names, _module in MODULES for name in names if name not in rest]
    assert not missing, f"{playbook}.yml does not call {missing} in the order of the model: {called}"
