# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  release:
    description:
      - Name of the Helm release.
      - All its workloads must be available.
    type: str
    default: alga-core
  port:
    description:
      - Port of the application's Service.
    type: int
    default: 3000
  page:
    description:
      - URL path that must respond.
    type: str
    default: /auth/signin
"""
