#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_escrow."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_escrow
short_description: Keep an encrypted copy of the generated Secrets off the cluster
version_added: 0.1.0
description:
  - V(keep) writes all generated Secrets of the appliance to one encrypted file if they differ from its contents. The earlier
    file is kept beside it.
  - V(restore) creates missing Secrets and missing keys from the file. An existing value is never replaced.
  - A copy whose system identifier is not that of the data is refused.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._claims
  - alga.appliance._lease
  - alga.appliance._acting
options:
  step:
    description:
      - V(keep) writes the file, V(restore) restores Secrets from it.
    type: str
    choices: [keep, restore]
    default: keep
  file:
    description:
      - Path of the file.
      - It is encrypted for O(recipients), or with the password in O(vault_password_file).
    type: path
    required: true
  recipients:
    description:
      - C(age) public keys to encrypt the file for.
      - The owner of any of them can decrypt the file. Requires the program C(age).
      - Exactly one of O(recipients) and O(vault_password_file) is required.
    type: list
    elements: str
    default: []
  identity_file:
    description:
      - File with C(age) private keys, used to verify a copy after it is written and to restore from it.
    type: path
  vault_password_file:
    description:
      - Password file for C(ansible-vault). If set, C(ansible-vault) encrypts the file.
    type: path
  confirm:
    description:
      - Namespace and name of the Secret, such as V(msp/db-credentials), to confirm that this is the intended appliance.
      - Required with O(step=restore).
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: Keep a copy that two people can decrypt
  alga.appliance.alga_escrow:
    kubeconfig: /etc/appliance/kubeconfig
    file: /var/backups/workshop.age
    recipients:
      - age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
      - age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg
"""

RETURN = r"""
---
state:
  description:
    - One of V(kept) and V(restored).
  returned: success; on failure, if it is known
  type: str
  sample: kept
decision:
  description:
    - One of V(keep), V(write) and V(restore).
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
    - If the module fails, it is also part of RV(msg).
  returned: success; on failure, if it is known apart from RV(msg)
  type: str
evidence:
  description: The facts behind the result, without secrets.
  returned: success; on failure, if there is any
  type: dict
  contains:
    file:
      description: Path of the file.
      returned: success
      type: str
    verified:
      description: Whether the written file was verified by decrypting it, which requires a private key.
      returned: O(step=keep)
      type: bool
    created:
      description: Secrets that were created.
      returned: O(step=restore)
      type: list
      elements: str
    filled:
      description: Keys that were restored, by name of the Secret.
      returned: O(step=restore)
      type: dict
    left:
      description: Secrets that differ from the file and were left unchanged.
      returned: O(step=restore)
      type: list
      elements: str
drift:
  description: Whether the actual state differs from the expected state.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.escrow.escrow import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
