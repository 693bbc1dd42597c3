# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  mode:
    description:
      - Whether to install a new appliance or to recover an existing one.
      - V(fresh) expects no existing data. V(recover) expects an existing appliance.
    type: str
    choices: [fresh, recover]
    default: recover
"""
