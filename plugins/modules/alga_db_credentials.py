#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_db_credentials."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_db_credentials
short_description: Create the database credentials once, where no data can exist
version_added: 0.1.0
description:
  - Keeps the Secret with the database passwords as a persistent contract.
  - Creates it only where neither claim, volume in any phase nor directory holds data; otherwise it is kept as it is.
  - Compares an existing Secret with the verifiers in PostgreSQL, where it answers, and refuses one that does not open the data.
  - Marks an existing Secret as kept and as known to the release, so that helm adopts one restored from a backup.
  - Refuses by name when data exists and the Secret does not, in check mode too; never fills in a key, never rotates.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._lease
  - alga.appliance._claims
  - alga.appliance._seed_contract
  - alga.appliance._decision
  - alga.appliance._writing
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  release:
    description:
      - Helm release of the core chart, which adopts the Secret.
    type: str
    default: alga-core
  step:
    description:
      - V(ensure) creates the Secret where that is allowed and fails where it is refused.
      - V(compare) only reports, with RV(drift) set where the Secret and the storage do not belong together.
    type: str
    choices: [ensure, compare]
    default: ensure
"""

EXAMPLES = r"""
---
- name: Keep the database credentials
  alga.appliance.alga_db_credentials:
    kubeconfig: /etc/appliance/kubeconfig

- name: Compare them with the roles in PostgreSQL
  alga.appliance.alga_db_credentials:
    kubeconfig: /etc/appliance/kubeconfig
    step: compare
"""

RETURN = r"""
---
state:
  description: State of the Secret, one of V(absent), V(partial), V(complete) and V(unknown).
  returned: always
  type: str
  sample: complete
decision:
  description: One of V(create), V(keep) and, with O(step=compare), V(refuse).
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
    secret:
      description: The Secret as namespace and name.
      returned: always
      type: str
    missing_keys:
      description: Keys of the contract that are absent or empty in the Secret.
      returned: always
      type: list
      elements: str
    storage:
      description: Where data is, one of V(none), V(present), V(half_initialised) and V(unknown).
      returned: always
      type: str
    found:
      description: Claims, volumes and directories that hold data, by name.
      returned: always
      type: list
      elements: str
    roles:
      description: For each role V(match), V(mismatch), V(missing) or V(unknown); empty where no Secret was kept.
      returned: always
      type: dict
    not_compared:
      description: Why the roles could not be compared; empty where they were.
      returned: always
      type: str
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.db_credentials import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
