#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_talos_support."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_talos_support
short_description: Write a support bundle of a Talos machine to a file
version_added: 0.1.0
description:
  - Collects the support bundle of C(talosctl support) and encrypts it for the recipients that the operator chose, if any. It is
    never encrypted to a vendor.
  - An existing file is not overwritten.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._talos
  - alga.appliance._acting
options:
  file:
    description:
      - Path of the file.
    type: path
    required: true
  recipients:
    description:
      - C(age) public keys to encrypt the file for.
      - If empty, the file is not encrypted.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
---
- name: Write a support bundle
  alga.appliance.alga_talos_support:
    node: 192.0.2.10
    folder: /etc/appliance/talos
    file: /root/workshop.support.age
    recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]
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
    - V(write) if the module succeeds.
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: write
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_support import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
