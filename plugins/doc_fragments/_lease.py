# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  lease:
    description:
      - Holder of the appliance's Lease on whose behalf this module works, as M(alga.appliance.alga_lease) returned it.
      - The module renews the Lease while it works, and before each change it proves that the Lease is still this holder's.
        Where it is not, the module refuses and names the new holder.
      - Without it, and in check mode, the module works without the Lease.
    type: str
    default: ""
"""
