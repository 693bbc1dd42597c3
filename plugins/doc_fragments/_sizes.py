# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  storage_class:
    description:
      - StorageClass of the appliance's volumes.
      - An existing claim keeps its own.
    type: str
    default: local-path
  sizes:
    description:
      - Sizes of new claims, by the section of the chart that uses them, V(db), V(redis) and V(server).
      - A claim that is not listed gets 20Gi.
    type: dict
    default: {}
"""
