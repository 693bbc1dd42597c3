# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line for each step says which it is of how many; what was not planned makes them more, and is never the last of all."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import cache, progress


def test_the_number_of_steps_is_known_from_the_first_one_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cache, "folder", lambda: tmp_path)
    steps = progress.Progress()
    assert steps.plan(["building helm3", "image redis"])
    assert not steps.plan(["image redis"]), "said already"
    for step in ("building helm3", "apt-get update", "image redis"):
        with steps.step(step):
            pass
    said = [line.partition("] ")[2] for line in capsys.readouterr().err.splitlines()]
    assert said == [
        "1 of 2: building helm3 (about 40 s, then about 40 s more)",
        "2 of 3: apt-get update",
        "3 of 3: image redis (about 40 s, then about 0 s more)",
    ]
    again = progress.Progress()
    again.plan(["image redis"])
    assert again.left() < 1, "what it took is remembered"
