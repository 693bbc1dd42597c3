# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  expect:
    description:
      - Database states in which V(recover) may proceed.
      - V(absent), or V(created) for a database that somebody left empty, lets V(recover) start over if there is no data. An
        empty database is renamed, never dropped.
    type: list
    elements: str
    choices: [absent, created, migrated, seeded]
    default: [migrated, seeded]
  release_migration_lock:
    description:
      - Whether to release a migration lock that is proven stale because no connection and no Job is active.
    type: bool
    default: false
"""
