# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers in messages."""

from __future__ import annotations

from ansible_collections.alga.appliance.plugins.module_utils._core.counting import counted


def test_a_noun_has_the_number_of_its_number() -> None:
    assert [counted(number, "pod") for number in (0, 1, 2)] == ["0 pods", "1 pod", "2 pods"]
