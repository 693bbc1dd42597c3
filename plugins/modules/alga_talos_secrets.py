#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_talos_secrets."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_talos_secrets
short_description: Keep the secrets of a Talos cluster
version_added: 0.1.0
description:
  - Makes the secrets once, for a machine that is seen in maintenance mode, and keeps them ever after.
  - Restores them from the encrypted copy where they are lost.
  - Keeps a client certificate that opens the machine, and renews it before it ends.
  - Refuses where the machine is configured with others.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._talos
  - alga.appliance._writing
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  cluster:
    description:
      - Name of the Talos cluster.
    type: str
    required: true
  endpoint:
    description:
      - URL of the cluster's API server. When it is not set, it is port 6443 of O(node).
    type: str
    default: ""
  escrow:
    description:
      - >-
        How an encrypted copy is kept off the machine, as in the variable C(alga_escrow): O(escrow.file), and
        O(escrow.recipients) with O(escrow.identity_file), or O(escrow.vault_password_file).
      - The copy's file has C(.talos) appended to its name.
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
          - Public keys of C(age).
        type: list
        elements: str
      identity_file:
        description:
          - Private keys of C(age), to verify what was written and to restore it.
        type: path
      vault_password_file:
        description:
          - Password file of C(ansible-vault), which encrypts then.
        type: path
"""

EXAMPLES = r"""
---
- name: Keep the secrets
  alga.appliance.alga_talos_secrets:
    node: 192.0.2.10
    folder: /etc/appliance/talos
    cluster: workshop
"""

RETURN = r"""
---
state:
  description:
    - What was found. One of V(unreachable), V(maintenance), V(configured), V(configured_with_other_pki), V(booting),
      V(bootstrapped), V(upgrading) and V(unknown).
  returned: when it is known
  type: str
  sample: bootstrapped
decision:
  description: One of V(keep), V(restore) and V(generate).
  returned: success
  type: str
  sample: keep
msg:
  description: What was tried, on what, what was seen and, where something is to be done, what to do next.
  returned: always
  type: str
next_action:
  description: The one next action; empty when nothing is to be done.
  returned: success
  type: str
evidence:
  description: The facts behind the answer, without secrets.
  returned: always
  type: dict
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos_secrets import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
