# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What bounds a loop is what changes by itself."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.charts.bounds import is_bounded


@pytest.mark.parametrize(
    ("loop", "bounded"),
    [
        ("n=$((n+1)); [ $n -ge 9 ]", True),
        ("n=$((n+1)); [ $n = 9 ]", True),
        ("[ $n = 9 ]", False),
        ("[ $(date +%s) -ge $end ]", True),
        ("[ $(count) -ge $end ]", False),
        ("n=$(count); [ $n -ge 9 ]", False),
        ("[ 1 -lt 2 ]", False),
        ("n=$((n+1))", False),
    ],
)
def test_a_counter_or_a_clock_that_is_compared_is_a_bound_w24(loop: str, bounded: bool) -> None:
    assert is_bounded(loop) is bounded
