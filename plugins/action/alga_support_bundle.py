# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The in-process form of alga.appliance.alga_support_bundle."""

from __future__ import annotations

from ..module_utils._use_cases.support.support_bundle import USE_CASE
from ..plugin_utils._action import ApplianceAction


class ActionModule(ApplianceAction):
    """Answer alga_support_bundle without a new process."""

    use_case = USE_CASE
