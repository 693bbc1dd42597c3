#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_talos_health."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_talos_health
short_description: Wait until a Talos machine is fit for an appliance
version_added: 0.1.0
description:
  - >-
    Waits for what an appliance needs: services, time in sync, DNS, the mounted volume for its data, a node of
    Kubernetes that is Ready and takes pods, and the StorageClass. Says what is missing when patience ends.
  - In check mode it looks once.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._talos
  - alga.appliance._reading
  - alga.appliance._patience
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  kubeconfig:
    description:
      - Path of the kubeconfig.
    type: path
    required: true
  storage_class:
    description:
      - StorageClass of the appliance's volumes, which must exist.
    type: str
    default: local-path
"""

EXAMPLES = r"""
---
- name: Wait for the machine
  alga.appliance.alga_talos_health:
    node: 192.0.2.10
    folder: /etc/appliance/talos
    kubeconfig: /etc/appliance/kubeconfig
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
  description: One of V(proceed) and, in check mode, V(wait).
  returned: success
  type: str
  sample: proceed
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
    lacks:
      description: Everything that is missing.
      returned: success
      type: list
      elements: str
    disks:
      description: Bytes of each disk, by its name.
      returned: success
      type: dict
    mounts:
      description: Mounted paths, and whether each can be written to.
      returned: success
      type: dict
    resolvers:
      description: DNS servers.
      returned: success
      type: list
      elements: str
    time_synced:
      description: Whether the machine's time is in sync.
      returned: success
      type: bool
    version:
      description: Version of Talos.
      returned: success
      type: str
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos_health import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
