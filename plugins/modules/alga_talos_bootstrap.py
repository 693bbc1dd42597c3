#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_talos_bootstrap."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_talos_bootstrap
short_description: Bootstrap the etcd of a Talos machine exactly once
version_added: 0.1.0
description:
  - Bootstraps where etcd has no data. A cluster that turns out to be there already has to prove that it is not older than
    the secrets.
  - In check mode the machine is only looked at.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._talos
  - alga.appliance._writing
  - alga.appliance._patience
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  cluster:
    description:
      - Name of the Talos cluster.
    type: str
    required: true
  mode:
    description:
      - Whether a new appliance is made or one that had data is brought back.
      - V(recover) goes on over a machine that lost its configuration or etcd's data only with O(confirm).
    type: str
    choices: [fresh, recover]
    default: recover
  confirm:
    description:
      - Name of the cluster, to say that it is meant. V(recover) asks for it where etcd has no data.
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: Bootstrap etcd
  alga.appliance.alga_talos_bootstrap:
    node: 192.0.2.10
    folder: /etc/appliance/talos
    cluster: workshop
    mode: fresh
"""

RETURN = r"""
---
state:
  description:
    - What was found. One of V(unreachable), V(maintenance), V(configured), V(configured_with_other_pki), V(booting),
      V(bootstrapped), V(upgrading) and V(unknown).
  returned: when it is known
  type: str
  sample: bootstrapped
decision:
  description: One of V(keep) and V(bootstrap).
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos_bootstrap import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
