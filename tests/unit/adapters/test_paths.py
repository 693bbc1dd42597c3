# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths as an operator gave them: none of them ends with an error of Python's."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters import paths


def test_a_home_is_found_and_one_of_nobody_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/workshop")
    assert paths.given("~/kubeconfig") == Path("/home/workshop/kubeconfig")
    assert paths.given("~nobodyhere/kubeconfig") == Path("~nobodyhere/kubeconfig")


def test_what_the_system_does_not_take_is_no_file(tmp_path: Path) -> None:
    assert paths.is_file(__file__)
    assert not any(map(paths.is_file, (str(tmp_path), "~nobodyhere/x", "nul\0byte", f"/{'a' * 5000}", "")))
