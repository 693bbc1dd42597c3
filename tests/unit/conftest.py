# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every unit test shares: how properties are tried."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Timings are not tests: a machine that is busy with something else must not fail a property.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
