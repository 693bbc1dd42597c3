# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
attributes:
  diff_mode:
    support: full
  idempotent:
    support: none
    details:
      - The module performs its action each time it runs.
"""
