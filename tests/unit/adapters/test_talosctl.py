# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What talosctl is told depends on its version, as 1.12 has no word for what 1.13 and 1.14 began to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.talosctl import Talosctl


@pytest.mark.parametrize(
    ("version", "upgrade", "support"),
    [
        ("v1.12.0", [], []),
        ("v1.13.0", ["--drain=false"], []),
        ("v1.13.4-beta.0", ["--drain=false"], []),
        ("v1.14.1", ["--drain=false"], ["--no-encryption"]),
    ],
)
def test_a_version_is_told_what_it_knows(version: str, upgrade: list[str], support: list[str]) -> None:
    def command(arguments: list[str], stdin: str) -> tuple[int, str, str]:
        assert (arguments, stdin) == (["talosctl", "version", "--client", "--short"], "")
        return 0, f"Talos {version}\n", ""

    talosctl = Talosctl("talosctl", command, "192.0.2.10", Path("/nowhere"))
    assert (talosctl.told("upgrade"), talosctl.told("support")) == (upgrade, support)
