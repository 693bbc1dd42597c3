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
  - Writes all generated Secrets of the appliance to one encrypted file if they differ from its contents. The earlier file is
    kept beside it.
  - The file also records the system identifier of the data, so that it is never restored beside other data.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._copied
  - alga.appliance._lease
  - alga.appliance._writing
options:
  fullname:
    description:
      - Name that the core chart gives to its objects.
      - The names of some of the generated Secrets begin with it.
    type: str
    default: alga-core-sebastian
seealso:
  - module: alga.appliance.alga_escrow_restore
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
    - Always V(kept).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: kept
decision:
  description:
    - One of V(keep) and V(write).
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
    verified:
      description: Whether the written file was verified by decrypting it, which requires a private key.
      returned: success
      type: bool
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.escrow.escrow import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
