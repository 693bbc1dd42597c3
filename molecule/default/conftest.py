# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the scenario's tests share."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.tests.scenarios.appliance import Appliance


@pytest.fixture(scope="session")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Appliance:
    """The appliance, looked at from outside the collection."""
    return Appliance(tmp_path_factory.mktemp("appliance"))
