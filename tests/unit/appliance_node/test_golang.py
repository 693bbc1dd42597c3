# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that are built from this repository's own Go modules."""

from __future__ import annotations

from pathlib import Path

import pytest
from node import cache, golang, report, versions
from node.settings import Settings

TALOS = Path(golang.__file__).parents[1] / "talos"


@pytest.mark.parametrize(
    ("module", "requirement"),
    [("talosctl", "github.com/siderolabs/talos"), ("simulator", "github.com/siderolabs/talos/pkg/machinery")],
)
def test_client_and_machine_are_of_one_version(module: str, requirement: str) -> None:
    lines = (TALOS / module / "go.mod").read_text().splitlines()
    required = [line.removeprefix("require").split() for line in lines]
    assert [requirement, f"v{versions.TALOS}"] in [words[:2] for words in required]


def test_the_key_of_a_module_is_made_of_all_its_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    before = golang.tool_names()
    monkeypatch.setattr(cache, "key", lambda *inputs: str(len(inputs)))
    sources = len([path for path in (TALOS / "simulator").iterdir() if path.suffix in {".go", ".mod", ".sum"}])
    assert f"talos-simulator-{versions.TALOS}-{sources + 1}" in golang.tool_names()
    assert len(before) == len(golang.tool_names())


def test_scripts_find_the_programs_of_talos() -> None:
    exports = report.exports(Settings())
    for variable, program in (("TALOSCTL", "talosctl"), ("TALOS_SIMULATOR", "talos-simulator")):
        assert f"export {variable}={cache.folder() / 'bin' / program}" in exports
