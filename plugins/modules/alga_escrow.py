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
  - V(keep) writes every generated Secret of the appliance into one encrypted file, where it holds something else. An earlier
    file is kept beside it.
  - V(restore) makes Secrets that do not exist with what the file holds, and puts back keys that are missing. A value that exists
    is never replaced.
  - A copy that does not belong to the data, by its system identifier, is refused.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._claims
  - alga.appliance._lease
  - alga.appliance._acting
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  step:
    description:
      - V(keep) writes the file, V(restore) reads it.
    type: str
    choices: [keep, restore]
    default: keep
  file:
    description:
      - Path of the encrypted file.
    type: path
    required: true
  recipients:
    description:
      - Public keys of C(age); each of their owners can decrypt the file. Needs the program C(age).
      - Exactly one of O(recipients) and O(vault_password_file) is given.
    type: list
    elements: str
    default: []
  identity_file:
    description:
      - Private keys of C(age), to verify what was written and to restore it.
    type: path
  vault_password_file:
    description:
      - Password file of C(ansible-vault), which encrypts then.
    type: path
  confirm:
    description:
      - Namespace and name of the Secret, such as V(msp/db-credentials), to say that this appliance is meant.
      - V(restore) asks for it.
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: Keep a copy that two people can read
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
  description: One of V(kept) and V(restored).
  returned: when it is known
  type: str
  sample: kept
decision:
  description: One of V(keep), V(write) and V(restore).
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
  contains:
    file:
      description: Path of the file.
      returned: success
      type: str
    verified:
      description: Whether what was written was decrypted again, which needs a key at hand.
      returned: O(step=keep)
      type: bool
    created:
      description: Secrets that were made.
      returned: O(step=restore)
      type: list
      elements: str
    filled:
      description: Keys that were put back, by the Secret's name.
      returned: O(step=restore)
      type: dict
    left:
      description: Secrets that hold something else than the file, and were left as they are.
      returned: O(step=restore)
      type: list
      elements: str
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.escrow import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
