# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  lease:
    description:
      - Holder of the appliance's Lease on whose behalf this module runs, as returned by M(alga.appliance.alga_lease).
      - The module renews the Lease while it runs, and verifies before each change that this holder still holds it. Otherwise it
        refuses and names the new holder.
      - If not set, and in check mode, the module runs without the Lease.
    type: str
    default: ""
"""
