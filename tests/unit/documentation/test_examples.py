# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every EXAMPLE is a task that its module takes; tests/scenarios and tests/talos run them."""

from __future__ import annotations

import importlib
import re
import typing as t

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import UseCase
from ansible_collections.alga.appliance.tests.unit.documentation.module_pages import MODULES, constant

Task = dict[str, t.Any]
KEYWORDS = {"name", "register", "when", "check_mode"}
PREFIX = "alga.appliance."
# What stands for a template, of which only a run knows the value.
VALUES: dict[str, t.Any] = {"str": "x", "path": "/x", "dict": {}}
NAMES = re.compile(r"{{ (\w+)")
OPERATORS = {"lookup", "vault_superuser_password"}
EXAMPLES = [(file.stem, task) for file in MODULES for task in yaml.safe_load(constant(file, "EXAMPLES"))]


def use_case(module: str) -> UseCase[t.Any]:
    made: UseCase[t.Any] = importlib.import_module(f"ansible_collections.alga.appliance.plugins.modules.{module}").USE_CASE
    return made


def test_every_module_shows_itself() -> None:
    shown = {module for module, task in EXAMPLES if f"{PREFIX}{module}" in task}
    assert shown == {file.stem for file in MODULES}


@pytest.mark.parametrize(("module", "task"), EXAMPLES, ids=[f"{module}: {task['name']}" for module, task in EXAMPLES])
def test_an_example_has_only_options_that_its_module_takes(module: str, task: Task) -> None:
    (name,) = task.keys() - KEYWORDS
    assert name.startswith(PREFIX), f"{module} shows a task that needs another collection"
    case = use_case(name.removeprefix(PREFIX))
    given = {
        option: VALUES[case.spec[option]["type"]] if option in case.spec and "{{" in str(value) else value
        for option, value in task[name].items()
    }
    found = ArgumentSpecValidator(
        case.spec,
        **case.rules,
    ).validate(given)
    assert found.error_messages == []


def test_what_an_example_takes_from_another_task_is_registered_by_its_own_module() -> None:
    """Whoever copies a module's EXAMPLES has all that they need, but for what only the operator has."""
    registered: set[tuple[str, str]] = set()
    for module, task in EXAMPLES:
        used = set(NAMES.findall(str(task))) - OPERATORS
        assert {(module, name) for name in used} <= registered, f"{module}: {task['name']}"
        registered.add((module, task.get("register", "")))
