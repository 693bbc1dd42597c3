# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A variable of the playbooks: what it says of itself holds for each of them."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.appliance import settings
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.setting import Setting


def test_nothing_of_a_variable_changes_once_it_was_written_down() -> None:
    made = Setting("alga_x", "text", "", "what it is for")
    assert (made.choices, made.required) == ((), ())
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.default = "other"  # type: ignore[misc]


@pytest.mark.parametrize("each", settings.SETTINGS, ids=lambda each: each.name)
def test_every_variable_is_named_explained_and_has_a_default_among_its_choices(each: Setting) -> None:
    assert each.name.startswith("alga_") and each.about.strip()
    defaults = each.default if isinstance(each.default, (list, tuple)) else [each.default]
    assert not each.choices or each.default in ("", None) or set(defaults) <= set(each.choices)
