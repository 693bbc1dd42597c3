#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_volume_rebinding."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_volume_rebinding
short_description: Recreate lost claims on the volumes that hold their data
version_added: 0.1.0
description:
  - Finds volumes and directories whose claims are lost, and recreates the claims, and the volume if only its directory is left.
  - Recreates a volume whose claim is in phase C(Lost), or whose node no longer exists, for the node that has its directory.
  - Binds each claim to the one volume or directory that carries its name. If there are several, or none for the database,
    nothing is changed.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._claims
  - alga.appliance._sizes
  - alga.appliance._writing
  - alga.appliance._progress_timeout
options:
  confirm:
    description:
      - Namespace and name of the database's claim, separated by C(/), to confirm that this is the intended appliance.
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: Recreate lost claims
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
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: present
decision:
  description:
    - One of V(keep) and V(bind).
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
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.storage.volume_rebinding import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
