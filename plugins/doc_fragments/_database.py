# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  service:
    description:
      - Service of the appliance's own PostgreSQL, never PgBouncer's.
    type: str
    default: db
  credentials_secret:
    description:
      - Secret that contains the passwords of the database roles.
    type: str
    default: db-credentials
"""
