# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is promised about versions is what the environments have, and each of them is tested with."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
ENVIRONMENTS = {path.stem for path in (ROOT / "requirements").glob("*.in")}
# A test that needs Ansible imports it, runs its programs or imports code of the collection that imports it.
NEEDS_ANSIBLE = re.compile(r"(?m)^(?:from|import) ansible\b|\bansible\.cli\b|\bplugins\.(?:action|modules|plugin_utils)\b")
_LINE = re.compile(r"^([A-Za-z0-9_-]+)(==|>=)(\S+)", re.MULTILINE)


def versions(file: str, sign: str) -> dict[str, str]:
    return {name.lower(): version for name, found, version in _LINE.findall((ROOT / file).read_text()) if found == sign}


def test_every_lower_bound_is_installed_in_the_oldest_environment() -> None:
    promised = versions("requirements.txt", ">=")
    assert len(promised) == 6
    for file in ("requirements/oldest.in", "requirements/oldest.txt"):
        installed = versions(file, "==")
        assert {name: installed.get(name) for name in promised} == promised, file


def minor(environment: str) -> str:
    return versions(f"requirements/{environment}.txt", "==")["ansible-core"].rpartition(".")[0]


def make(variable: str) -> set[str]:
    found = re.search(rf"\b{variable} := (?:\$\(addprefix tests/unit/,)?([^)\n]*)", (ROOT / "Makefile").read_text())
    assert found
    return set(found[1].split())


def test_an_environment_between_is_named_after_its_ansible_core_and_make_runs_it() -> None:
    between = ENVIRONMENTS - {"main", "oldest"}
    assert {minor(environment) for environment in between} == between == make("between")


def test_every_ansible_core_that_is_named_is_one_that_is_tested_with() -> None:
    row = re.search(r"^\| ansible-core \| (.*) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert row and set(re.findall(r"\b2\.\d+", row[1])) == {minor(environment) for environment in ENVIRONMENTS}
    oldest = minor("oldest")
    assert f'requires_ansible: ">={oldest}.0"' in (ROOT / "meta/runtime.yml").read_text()
    assert f"ansible-core {oldest} or newer" in (ROOT / "README.md").read_text()
    assert f"| ansible-core ≥ {oldest} |" in (ROOT / "docs/dependencies.md").read_text()
    for file in (ROOT / "roles").glob("*/meta/main.yml"):
        assert f'min_ansible_version: "{oldest}"' in file.read_text(), file


def test_the_environments_between_run_every_unit_test_that_needs_ansible() -> None:
    tests = ROOT / "tests/unit"
    run = make("with_ansible")
    needing = {path.relative_to(tests) for path in tests.rglob("test_*.py") if NEEDS_ANSIBLE.search(path.read_text())}
    assert len(needing) >= 5
    assert [str(path) for path in needing if not run & {str(path), *map(str, path.parents)}] == []
