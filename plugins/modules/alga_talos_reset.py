#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_talos_reset."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_talos_reset
short_description: Wipe selected partitions of a Talos machine
version_added: 0.1.0
description:
  - Wipes only the given partitions and then reboots the machine. The reset is not graceful, because the only etcd member cannot
    leave its cluster.
  - Reports beforehand which data will be lost.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._talos
  - alga.appliance._acting
  - alga.appliance._progress_timeout
options:
  cluster:
    description:
      - Name of the Talos cluster.
    type: str
    required: true
  labels:
    description:
      - >-
        Labels of the partitions: V(STATE), V(EPHEMERAL), V(ETCD), or V(u-) followed by the name of a user volume.
    type: list
    elements: str
    required: true
  confirm:
    description:
      - Name of the cluster and address of the machine, such as V(workshop/192.0.2.10), as a confirmation.
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: Remove the machine's configuration and its cluster
  alga.appliance.alga_talos_reset:
    node: 192.0.2.10
    folder: /etc/appliance/talos
    cluster: workshop
    labels: [STATE, EPHEMERAL]
    confirm: workshop/192.0.2.10
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
    - One of V(keep) and V(wipe).
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: wipe
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_reset import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
