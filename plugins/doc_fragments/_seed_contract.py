# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  seed_contract:
    description:
      - What a seeded database contains, in schema C(public). Omitted parts keep their defaults.
      - C(tables) maps tables to their minimum numbers of rows, or lists tables in which one row is sufficient. Defaults to
        C(tenants), C(users), C(roles), C(permissions) and C(role_permissions).
      - C(filled_by_migrations) lists those of the tables that migrations fill, so that their rows prove nothing about seeds. A
        first run of this collection detects them itself.
      - C(demonstration) is the fingerprint of demonstration data, with the keys C(table), C(column) and C(values). Defaults to
        the tenant C(Oz).
    type: dict
    default: {}
  environment:
    description:
      - Purpose of the appliance.
      - V(production) refuses demonstration data as foreign.
    type: str
    choices: [production, demonstration]
    default: production
"""
