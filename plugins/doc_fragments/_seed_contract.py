# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  tables:
    description:
      - Tables of the seed contract, in schema C(public).
      - The database counts as seeded only when every one of them has rows.
      - Tables that migrations fill by themselves do not belong here.
    type: list
    elements: str
    default: [tenants, users, roles, permissions, role_permissions]
  environment:
    description:
      - What the appliance is for.
      - With V(production) the demonstration tenant is refused as foreign data.
    type: str
    choices: [production, demonstration]
    default: production
"""
