#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_escrow_restore."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_escrow_restore
short_description: Restore lost Secrets from the encrypted copy
version_added: 0.1.0
description:
  - Creates missing Secrets and missing keys from the file that M(alga.appliance.alga_escrow) wrote. An existing value is never
    replaced.
  - A copy whose system identifier is not that of the data is refused.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._claims
  - alga.appliance._copied
  - alga.appliance._lease
  - alga.appliance._writing
options:
  credentials_secret:
    description:
      - Secret that contains the passwords of the database roles.
    type: str
    default: db-credentials
  confirm:
    description:
      - Namespace and name of the Secret, such as V(msp/db-credentials), to confirm that this is the intended appliance.
      - Required if something has to be restored, except in check mode.
    type: str
    default: ""
seealso:
  - module: alga.appliance.alga_escrow
"""

EXAMPLES = r"""
---
- name: Restore what is missing from a copy
  alga.appliance.alga_escrow_restore:
    kubeconfig: /etc/appliance/kubeconfig
    file: /var/backups/workshop.vault
    vault_password_file: /etc/appliance/vault-password
    confirm: msp/db-credentials
"""

RETURN = r"""
---
state:
  description:
    - One of V(kept) and V(restored).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: kept
decision:
  description:
    - One of V(keep) and V(restore).
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: keep
msg:
  description: Human-readable summary of what was attempted, what was found, and what to do next.
  returned: always
  type: str
next_action:
  description:
    - The recommended next action. Empty if nothing needs to be done.
    - If the module fails, it is part of RV(msg), and empty if it cannot be separated from the rest of it.
  returned: always
  type: str
evidence:
  description: The facts behind the result, without secrets.
  returned: always
  type: dict
  contains:
    file:
      description: Path of the file.
      returned: success
      type: str
    created:
      description: Secrets that were created.
      returned: success
      type: list
      elements: str
    filled:
      description: Keys that were restored, by name of the Secret.
      returned: success
      type: dict
    left:
      description: Secrets that differ from the file and were left unchanged.
      returned: success
      type: list
      elements: str
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.escrow.escrow_restore import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
