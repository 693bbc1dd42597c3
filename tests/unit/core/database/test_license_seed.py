# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The row of license_state: what the Secret says, the application's own default without it, and nothing invented (R32)."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.database.license_seed import row
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused

COLUMNS = (
    "edition_choice",
    "trial_started_at",
    "license_token",
    "appliance_id",
    "check_in_url",
    "appliance_credential",
    "updated_at",
)
NOW = ("trial_started_at", "updated_at")


@pytest.mark.parametrize(
    ("given", "values", "now"),
    [
        ({}, {"edition_choice": "ee"}, NOW),
        ({"EDITION_CHOICE": ""}, {"edition_choice": "ee"}, NOW),
        ({"EDITION_CHOICE": "ce"}, {"edition_choice": "ce"}, NOW[1:]),
        ({"INSTALL_EDITION": "essentials"}, {"edition_choice": "ee"}, NOW[1:]),
        ({"INSTALL_EDITION": "pro"}, {"edition_choice": "ee"}, NOW),
        ({"LICENSE_TOKEN": "canary"}, {"edition_choice": "ee", "license_token": "canary"}, NOW[1:]),
        (
            {"EDITION_CHOICE": "ee", "APPLIANCE_ID": "a", "CHECK_IN_URL": "u", "APPLIANCE_CREDENTIAL": "canary"},
            {"edition_choice": "ee", "appliance_id": "a", "check_in_url": "u", "appliance_credential": "canary"},
            NOW,
        ),
    ],
)
def test_the_row_as_the_application_s_own_bootstrap_makes_it_r32(
    given: dict[str, str], values: dict[str, str], now: tuple[str, ...]
) -> None:
    made = row(given, COLUMNS)
    assert (dict(made.values), made.now) == (values, now)
    assert "canary" not in repr(made)


def test_a_table_of_other_columns_is_not_guessed_at_r32() -> None:
    assert row({"EDITION_CHOICE": "ce"}, ("edition_choice",)).now == ()
    with pytest.raises(Refused, match="no column edition_choice, trial_started_at"):
        row({}, ("id",))
    with pytest.raises(Refused, match="no column license_token") as refused:
        row({"LICENSE_TOKEN": "canary"}, ("edition_choice", "trial_started_at"))
    assert "canary" not in refused.value.message
