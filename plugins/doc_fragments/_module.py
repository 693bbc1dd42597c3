# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed, or would change in check mode, when in diff mode.
  idempotent:
    description: When run twice in a row outside check mode with the same arguments, the second run reports no change.
notes:
  - On a local connection, the module runs inside the controller's process and starts no other Python interpreter.
"""
