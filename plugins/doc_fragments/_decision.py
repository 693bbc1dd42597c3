# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  mode:
    description:
      - What the operator asked for.
      - With V(fresh) nothing is expected here, with V(recover) an appliance is.
    type: str
    choices: [fresh, recover]
    default: recover
"""
