# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A confirmation is the appliance's own name, typed whole."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import Confirmed
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.confirmation import require


@pytest.mark.parametrize("typed", ["", "msp", "db-credentials", "MSP/db-credentials", "msp/db-credentials ", "yes"])
def test_anything_else_is_refused_with_what_would_be_done_and_what_to_type(typed: str) -> None:
    with pytest.raises(Refused) as raised:
        require(Confirmed(confirm=typed), "msp/db-credentials", ["first", "second"])
    given = f"is '{typed}'" if typed else "is not set"
    assert raised.value.message == (
        f"alga_confirm {given}, so nothing was changed. These changes require confirmation: first; second. Set alga_confirm to "
        "msp/db-credentials to confirm that this is the intended appliance."
    )
    assert raised.value.evidence == {"plan": ["first", "second"]}


def test_the_name_itself_lets_it_be_done() -> None:
    require(Confirmed(confirm="msp/db-credentials"), "msp/db-credentials", ["first"])
