# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is documented is what is there: returned keys, names of options and playbooks in messages, the README's table."""

from __future__ import annotations

import ast
import re
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.settings import BY_NAME
from ansible_collections.alga.appliance.plugins.module_utils._core.results import build
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Step
from ansible_collections.alga.appliance.tests.unit.documentation import chart_page, decision_table, permission_page
from ansible_collections.alga.appliance.tests.unit.documentation.module_pages import MODULES, ROOT, constant

NAME = re.compile(r"\balga_[a-z_]+\b")
PLAYBOOK = re.compile(r"\b([a-z_]+)\.yml\b")
# Ansible documents these for every module.
COMMON = {"changed", "diff"}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_every_returned_key_is_documented(module: Path) -> None:
    documented = set(yaml.safe_load(constant(module, "RETURN")))
    returned = set(build(state="", decision="", message="", diff={}))
    assert documented - {"settings", "given"} == returned - COMMON


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_every_module_has_its_action_plugin_and_attributes(module: Path) -> None:
    assert (ROOT / "plugins/action" / module.name).is_file()
    fragments = yaml.safe_load(constant(module, "DOCUMENTATION"))["extends_documentation_fragment"]
    assert len({"alga.appliance._reading", "alga.appliance._writing", "alga.appliance._acting"} & set(fragments)) == 1


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_that_promises_a_diff_builds_one(module: Path) -> None:
    documented = yaml.safe_load(constant(module, "DOCUMENTATION"))
    reads = "alga.appliance._reading" in documented["extends_documentation_fragment"]
    # One that reads has none, unless it says so itself.
    promised = not reads or documented.get("attributes", {}).get("diff_mode", {}).get("support") == "full"
    name = module.stem.removeprefix("alga_")
    (use_case,) = (ROOT / "plugins/module_utils/_use_cases").rglob(f"{name}.py")
    source = use_case.read_text()
    assert ("diff=" in source) == promised


def texts() -> list[str]:
    """Every text in the code that a message can be made of."""
    found = []
    for file in (ROOT / "plugins/module_utils").rglob("*.py"):
        found += [
            node.value
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    return found


def test_messages_name_options_modules_and_playbooks_that_exist() -> None:
    names = {name for text in texts() for name in NAME.findall(text)}
    known = set(BY_NAME) | {module.stem for module in MODULES} | {"alga_appliance"}
    assert names >= {"alga_kubeconfig", "alga_db_service"}, "otherwise nothing was looked at"
    assert names - known == set()
    playbooks = {name for text in texts() for name in PLAYBOOK.findall(text)}
    assert playbooks == {
        "fresh",
        "recover",
        "status",
        "support_bundle",
        "rotate_credentials",
        "complete_credentials",
        "adopt_credentials",
        "rescue_credentials",
        "rebind_volumes",
        "upgrade_talos",
        "upgrade_kubernetes",
        "reset_talos",
        "support_talos",
    }
    assert all((ROOT / f"playbooks/{name}.yml").is_file() for name in playbooks)


def test_the_readme_names_variables_and_defaults_as_they_are() -> None:
    rows = re.findall(r"^\| `(alga_\w+)` \| ([^|]+) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(rows) > 5
    for name, default in rows:
        setting = BY_NAME[name]
        if default.startswith("`"):
            named = re.findall(r"`([^`]+)`", default)
            assert (named if isinstance(setting.default, list) else named[0]) == setting.default, name
        elif default.startswith("required"):
            assert setting.required, name
        else:
            assert not setting.default, name


def test_the_page_of_decisions_is_the_rules() -> None:
    assert decision_table.PAGE.read_text() == decision_table.page(), "run make decisions"
    assert set(decision_table.STEPS) == set(Step)


def test_the_page_of_permissions_is_what_is_asked_for_r28() -> None:
    assert permission_page.PAGE.read_text() == permission_page.page(), "run make permissions"


def test_the_page_of_the_chart_check_is_what_it_looks_for_w15() -> None:
    assert chart_page.PAGE.read_text() == chart_page.page(), "run make charts"


def test_the_group_that_gives_the_lease_has_every_module_that_takes_it_f20() -> None:
    groups = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]
    fragments = {
        module.stem: yaml.safe_load(constant(module, "DOCUMENTATION"))["extends_documentation_fragment"] for module in MODULES
    }
    taking = {name for name, used in fragments.items() if "alga.appliance._lease" in used}
    assert set(groups["changing"]) == taking
    assert taking < set(groups["appliance"])
    writing = {name for name, used in fragments.items() if "alga.appliance._writing" in used}
    # The machine and the namespace have to exist before the Lease does, and the Lease is not changed under itself.
    assert writing - taking - set(groups["talos"]) == {"alga_namespace", "alga_lease"}


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("Playbooks", (ROOT / "playbooks").glob("*.yml")),
        ("Roles", (ROOT / "roles").glob("*")),
        ("Modules", MODULES),
    ],
)
def test_the_readme_names_all_content(kind: str, found: t.Iterable[Path]) -> None:
    row = re.search(rf"^\| {kind} \| ([^|]+) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert row and re.findall(r"`(\w+)`", row[1]) == sorted(path.stem for path in found)


# The package of an import, where it has another name, and what another package brings in a version of its own.
PACKAGES = {"yaml": "PyYAML", "websocket": "websocket-client"}
BROUGHT = {"scramp", "urllib3"}


def test_an_execution_environment_has_what_the_collection_imports() -> None:
    listed = yaml.safe_load((ROOT / "meta/execution-environment.yml").read_text())["dependencies"]["python"]
    required = set(re.findall(r"^([\w-]+)>=", (ROOT / listed).read_text(), re.MULTILINE))
    imported: set[str] = set()
    for file in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    others = imported - sys.stdlib_module_names - {"ansible", "ansible_collections"}
    assert required == {PACKAGES.get(name, name) for name in others - BROUGHT}
