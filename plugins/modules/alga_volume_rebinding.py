#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_volume_rebinding."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_volume_rebinding
short_description: Make lost claims again, on the volumes that have their data
version_added: 0.1.0
description:
  - Finds volumes and directories whose claims are lost, makes the claims again, and a volume where only its directory is left.
  - Makes a volume again whose claim is there, in phase C(Lost), or whose node is gone, for the node that has its directory.
  - A claim gets the one volume or directory that carries its name. Where there are several, or the database has none, nothing
    is done.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._claims
  - alga.appliance._sizes
  - alga.appliance._writing
  - alga.appliance._patience
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  confirm:
    description:
      - Namespace and name of the database's claim, with C(/) between, to say that this is the appliance that is meant.
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: Make lost claims again
  alga.appliance.alga_volume_rebinding:
    kubeconfig: /etc/appliance/kubeconfig
    confirm: msp/alga-core-sebastian-postgres-data
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
  description: One of V(keep) and V(bind).
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.volume_rebinding import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
