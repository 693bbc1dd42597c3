#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_volumes."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_volumes
short_description: Create the claims of the appliance, and release them from Helm's ownership
version_added: 0.1.0
description:
  - Finds claims, volumes in every phase, and directories on the storage path.
  - Before a first run, inspects the volume that the database's claim is bound to, and refuses it if it is not empty.
  - Creates the claims under the names that the core chart would use, so that no release owns them, and releases them from
    Helm's ownership if a release does.
  - Refuses V(fresh) if there is data, and V(recover) if the claim has lost its volume, and reports what it found.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._lease
  - alga.appliance._claims
  - alga.appliance._sizes
  - alga.appliance._seed_contract
  - alga.appliance._decision
  - alga.appliance._expectation
  - alga.appliance._writing
"""

EXAMPLES = r"""
---
- name: Create missing claims and release those that Helm owns
  alga.appliance.alga_volumes:
    kubeconfig: /etc/appliance/kubeconfig
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
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: present
decision:
  description:
    - The next step of a run, such as V(prepare), V(start), V(build), V(migrate) or V(nothing).
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: start
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.storage.volumes import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
