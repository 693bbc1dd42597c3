# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles: what is documented is the table of settings, each runs alone, and no variable overrules what a playbook is for."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.alga.appliance.tests.unit.documentation import role_pages
from ansible_collections.alga.appliance.tests.unit.documentation.role_pages import COLLECTION, ROOT, Role

# What the tasks of a role are for, beside what the operator says: decided by which tasks are run.
DECIDED = ("mode", "state", "action", "machine", "absent_namespace", "playbook")
BEGIN = {
    "ansible.builtin.import_role": {"name": "alga.appliance.preflight", "allow_duplicates": False, "rolespec_validate": False}
}


@pytest.mark.parametrize(("path", "text"), role_pages.pages().items(), ids=lambda value: getattr(value, "name", ""))
def test_a_role_is_documented_as_the_table_of_settings_has_it(path: Path, text: str) -> None:
    assert path.read_text() == text, "run make roles"


def entries() -> list[tuple[str, str]]:
    """Every role with each of its entries."""
    return [(name, entry) for name in role_pages.ROLES for entry in Role(name).entries]


@pytest.mark.parametrize(("name", "entry"), entries())
def test_every_entry_of_a_role_begins_with_the_check_of_all_variables(name: str, entry: str) -> None:
    first = next(Role(name).tasks(entry))
    # A Lease is released where the check failed, too, and never acquired without it.
    expected = {} if (name, entry) == ("lease", "release") else BEGIN
    if name != "preflight":
        assert {key: value for key, value in first.items() if key == "ansible.builtin.import_role"} == expected


def options(name: str) -> t.Iterator[tuple[str, t.Any]]:
    """Every option of every task of a role, and of what its tasks have as a default."""
    for file in (ROOT / "roles" / name / "tasks").glob("*.yml"):
        tasks = yaml.safe_load(file.read_text())
        given = [task for each in tasks for task in (each, *each.get("block", ()))]
        for task in given:
            for module, args in [*task.items(), *task.get("module_defaults", {}).items()]:
                if module.startswith(COLLECTION):
                    yield from args.items()


@pytest.mark.parametrize("name", role_pages.ROLES)
def test_no_variable_overrules_what_a_role_is_for(name: str) -> None:
    assert [(key, value) for key, value in options(name) if key in DECIDED and "{" in str(value)] == []


@pytest.mark.parametrize("playbook", sorted((ROOT / "playbooks").glob("*.yml")), ids=lambda file: file.stem)
def test_no_variable_overrules_the_mode_of_a_playbook(playbook: Path) -> None:
    (play,) = yaml.safe_load(playbook.read_text())
    given = play["module_defaults"]
    assert "{{" not in str(given), "literals, which -e cannot overrule"
    modes = [value["mode"] for value in given.values() if "mode" in value]
    assert len(modes) == 1
    lease = given.get("alga.appliance.alga_lease", {"playbook": playbook.name})
    assert lease == {"playbook": playbook.name}


def test_the_group_that_gives_the_mode_has_every_module_that_takes_it() -> None:
    groups = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]
    taking = set()
    for file in (ROOT / "plugins/modules").glob("alga_*.py"):
        text = file.read_text()
        if "\n  mode:\n" in text or "alga.appliance._decision" in text:
            taking.add(file.stem)
    assert set(groups["mode"]) == taking
