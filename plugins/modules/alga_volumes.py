#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_volumes."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_volumes
short_description: Look for the data of the appliance and keep its claims
version_added: 0.1.0
description:
  - Finds claims, volumes in every phase and directories on the storage path.
  - Looks into the volume that the database's claim gets before a first run begins on it, and refuses one that is not empty.
  - Makes the claims under the names that the core chart would use, so that no release owns them, and frees those that one does.
  - Refuses V(fresh) over data and V(recover) where the claim lost its volume, and names what it found.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._lease
  - alga.appliance._claims
  - alga.appliance._sizes
  - alga.appliance._seed_contract
  - alga.appliance._decision
  - alga.appliance._expectation
  - alga.appliance._writing
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  step:
    description:
      - V(observe) only looks.
      - V(guard) looks and refuses what O(mode) must not do.
      - V(ensure) does the same and then makes or frees the claims.
      - V(ready) records on the claim that the first run has ended, and there and on the Secret whose data this is; the claim also
        gets digests of the generated keys, by which their loss is known.
    type: str
    required: true
    choices: [observe, guard, ensure, ready]
  system_identifier:
    description:
      - System identifier of the PostgreSQL data, recorded by V(ready).
    type: str
"""

EXAMPLES = r"""
---
- name: Look where data is
  alga.appliance.alga_volumes:
    kubeconfig: /etc/appliance/kubeconfig
    step: observe

- name: Make the claims that are missing and free those that a release owns
  alga.appliance.alga_volumes:
    kubeconfig: /etc/appliance/kubeconfig
    step: ensure
    mode: recover
    sizes:
      db: 50Gi
"""

RETURN = r"""
---
state:
  description:
    - One of V(none), V(first_run), V(present), V(lost), V(leaving), V(no_node), V(half_initialised), V(initdb_killed),
      V(other_version), V(emptied), V(other_data) and V(unknown).
  returned: when it is known
  type: str
  sample: present
decision:
  description: The next step of a run, such as V(prepare), V(start), V(build), V(migrate) or V(nothing).
  returned: success
  type: str
  sample: start
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.volumes import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
