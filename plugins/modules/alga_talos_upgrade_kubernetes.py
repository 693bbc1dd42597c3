#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_talos_upgrade_kubernetes."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_talos_upgrade_kubernetes
short_description: Bring the Kubernetes of a Talos machine to another version
version_added: 0.1.0
description:
  - Goes to the next minor version at most, and never back, one part of Kubernetes after the other, as C(talosctl
    upgrade-k8s) does. The versions are verified afterwards.
  - A run that was killed leaves parts of different versions; the next one goes on from there.
  - In check mode the machine and its nodes are looked at. C(talosctl upgrade-k8s --dry-run) is not used, because it writes.
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
  confirm:
    description:
      - Name of the cluster, to say that it is meant.
    type: str
    default: ""
  version:
    description:
      - Version of Kubernetes, such as V(1.36.0).
    type: str
    required: true
"""

EXAMPLES = r"""
---
- name: Upgrade Kubernetes
  alga.appliance.alga_talos_upgrade_kubernetes:
    node: 192.0.2.10
    folder: /etc/appliance/talos
    cluster: workshop
    version: 1.36.0
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
  description: One of V(keep) and V(upgrade).
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos_upgrade_kubernetes import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
