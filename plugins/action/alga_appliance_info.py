# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The in-process form of alga.appliance.alga_appliance_info."""

from __future__ import annotations

from ..module_utils._use_cases.appliance_info import USE_CASE
from ..plugin_utils._action import ApplianceAction


class ActionModule(ApplianceAction):
    """Answer alga_appliance_info without a new process."""

    use_case = USE_CASE
