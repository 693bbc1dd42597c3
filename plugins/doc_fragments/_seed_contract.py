# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  seed_contract:
    description:
      - What a seeded database holds, in schema C(public). What is left out has its default.
      - C(tables) maps tables to their least numbers of rows, or lists tables of which one row is enough;
        C(tenants), C(users), C(roles), C(permissions) and C(role_permissions) by default.
      - C(filled_by_migrations) lists tables of these that migrations fill, so that their rows prove nothing. A first run of this
        collection recognises them by itself.
      - C(demonstration) is the fingerprint of demonstration data, with the keys C(table), C(column) and C(values);
        the tenant C(Oz) by default.
    type: dict
    default: {}
  environment:
    description:
      - What the appliance is for.
      - With V(production) demonstration data is refused as foreign.
    type: str
    choices: [production, demonstration]
    default: production
"""
