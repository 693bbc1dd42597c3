# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that are built from this repository's own Go modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import cache, golang, programs, report, versions
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings

TALOS = Path(golang.__file__).parents[1] / "talos"


@pytest.mark.parametrize(
    ("module", "requirement"),
    [("v1.13", "github.com/siderolabs/talos"), ("simulator", "github.com/siderolabs/talos/pkg/machinery")],
)
def test_client_and_machine_are_of_one_version(module: str, requirement: str) -> None:
    lines = (TALOS / module / "go.mod").read_text().splitlines()
    required = [line.removeprefix("require").split() for line in lines]
    assert [requirement, f"v{versions.TALOS}"] in [words[:2] for words in required]


def test_the_key_of_a_module_is_made_of_all_its_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "key", lambda *inputs: str(len(inputs)))
    sources = len([path for path in (TALOS / "simulator").iterdir() if path.suffix in {".go", ".mod", ".sum"}])
    assert programs.of("talos-simulator").folder == f"talos-simulator-{versions.TALOS}-{sources + 2}"


def test_the_version_that_is_linked_in_is_part_of_the_key() -> None:
    assert programs.talos("1.13.0")["machined"].folder != programs.talos("1.13.1")["machined"].folder


def test_scripts_find_the_programs_of_talos() -> None:
    exports = report.exports(Settings())
    for variable, program in (("TALOSCTL", "talosctl"), ("TALOS_SIMULATOR", "talos-simulator")):
        assert f"export {variable}={cache.folder() / 'bin' / program}" in exports
