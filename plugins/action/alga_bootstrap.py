# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The in-process form of alga.appliance.alga_bootstrap."""

from __future__ import annotations

from ..module_utils._use_cases.bootstrap.bootstrap import USE_CASE
from ..plugin_utils._action import ApplianceAction


class ActionModule(ApplianceAction):
    """Answer alga_bootstrap without a new process."""

    use_case = USE_CASE
