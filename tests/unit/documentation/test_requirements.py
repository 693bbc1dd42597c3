# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lower bounds that requirements.txt promises are what the oldest environment has."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
_LINE = re.compile(r"^([A-Za-z0-9_-]+)(==|>=)(\S+)", re.MULTILINE)


def versions(file: str, sign: str) -> dict[str, str]:
    return {name.lower(): version for name, found, version in _LINE.findall((ROOT / file).read_text()) if found == sign}


def test_every_lower_bound_is_installed_in_the_oldest_environment() -> None:
    promised = versions("requirements.txt", ">=")
    assert len(promised) == 6
    for file in ("requirements/oldest.in", "requirements/oldest.txt"):
        installed = versions(file, "==")
        assert {name: installed.get(name) for name in promised} == promised, file
