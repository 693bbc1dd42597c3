# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Leave nothing of the appliance on the node that the environment names."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.alga.appliance.tests.scenarios.appliance import Appliance

Appliance(Path()).wipe()
