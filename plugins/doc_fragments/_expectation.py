# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  expect:
    description:
      - States of the database with which V(recover) may go on.
      - With V(absent), or V(created) for a database that somebody left empty, V(recover) begins anew where nothing is; an empty
        database is renamed and never dropped.
    type: list
    elements: str
    choices: [absent, created, migrated, seeded]
    default: [migrated, seeded]
  release_migration_lock:
    description:
      - Whether a migration lock is released that is proved stale, because no connection and no Job is at work.
    type: bool
    default: false
"""
