# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the scenario's tests share."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.molecule.talos.machine_facts import Machine


@pytest.fixture
def machine() -> Machine:
    return Machine()
