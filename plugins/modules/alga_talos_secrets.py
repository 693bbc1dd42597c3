#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_talos_secrets."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_talos_secrets
short_description: Create and keep the secrets of a Talos cluster
version_added: 0.1.0
description:
  - Creates the secrets once, for a machine that is observed in maintenance mode, and never changes them afterwards.
  - Restores lost secrets from the encrypted copy.
  - Maintains a client certificate for the machine and renews it before it expires.
  - Refuses if the machine is configured with other secrets.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._talos
  - alga.appliance._writing
options:
  cluster:
    description:
      - Name of the Talos cluster.
    type: str
    required: true
  endpoint:
    description:
      - URL of the cluster's API server. Defaults to port 6443 of O(node).
    type: str
    default: ""
  escrow:
    description:
      - >-
        How to keep an encrypted copy off the machine, as in the variable C(alga_escrow): O(escrow.file), and either
        O(escrow.recipients) with O(escrow.identity_file) or O(escrow.vault_password_file).
      - C(.talos) is appended to the file name of the copy.
    type: dict
    default: {}
    suboptions:
      file:
        description:
          - Path of the encrypted file.
        type: path
        required: true
      recipients:
        description:
          - C(age) public keys.
        type: list
        elements: str
      identity_file:
        description:
          - File with C(age) private keys, used to verify a copy after it is written and to restore from it.
        type: path
      vault_password_file:
        description:
          - Password file for C(ansible-vault). If set, C(ansible-vault) encrypts the file.
        type: path
"""

EXAMPLES = r"""
---
- name: Create and keep the secrets
  alga.appliance.alga_talos_secrets:
    node: 192.0.2.10
    folder: /etc/appliance/talos
    cluster: workshop
"""

RETURN = r"""
---
state:
  description:
    - State of the machine. One of V(unreachable), V(maintenance), V(configured), V(configured_with_other_pki), V(booting),
      V(bootstrapped), V(upgrading) and V(unknown).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: bootstrapped
decision:
  description:
    - One of V(keep), V(restore) and V(generate).
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
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_secrets import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
