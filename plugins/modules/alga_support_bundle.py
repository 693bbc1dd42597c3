#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_support_bundle."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_support_bundle
short_description: Collect what describes an appliance into a file for support
version_added: 0.1.0
description:
  - Collects the report of M(alga.appliance.alga_appliance_info), the objects of the namespace and of the cluster, events, logs,
    Helm's history, and PostgreSQL's settings, activity and ledger into a C(.tar.gz) file with an index page.
  - Values of Secrets that have at least four characters are not in it, in whichever form they were printed. Of Secrets and
    ConfigMaps it contains only the names of the keys, and of PostgreSQL no statements and no rows of the application.
  - Hosts, tenants, mail addresses and IP addresses have other names in it, the same in every file. What they stand for is written
    to a second file beside it, whose name ends with C(.names.json). Keep that file to yourself.
  - What cannot be read is named in the index, with the reason. If the Secrets cannot be read, nothing is written, because their
    values could not be removed.
  - An existing file is not overwritten.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._claims
  - alga.appliance._seed_contract
  - alga.appliance._expectation
  - alga.appliance._responding
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
  alga.appliance.alga_support_bundle:
    kubeconfig: /etc/appliance/kubeconfig
    file: /root/appliance-support.tar.gz
"""

RETURN = r"""
---
state:
  description:
    - State of the database, as listed for the option O(alga.appliance.alga_pg_state#module:expect).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: seeded
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
  contains:
    file:
      description: Path of the file.
      returned: success
      type: str
    names:
      description: The file that says what the names in the bundle stand for.
      returned: success
      type: str
    files:
      description: The files in the bundle.
      returned: success
      type: list
      elements: str
    missing:
      description: What could not be collected, with the reason.
      returned: success
      type: dict
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.support.support_bundle import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
