# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The appliance that the tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from appliance import Appliance


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """An empty place for an appliance, emptied again afterwards."""
    made = Appliance(tmp_path_factory.mktemp("appliance"))
    made.wipe()
    yield made
    made.wipe()


@pytest.fixture(scope="module")
def fresh(appliance: Appliance) -> Appliance:
    """An appliance that fresh.yml made."""
    outcome = appliance.playbook("fresh")
    assert outcome.code == 0, outcome.output
    return appliance
