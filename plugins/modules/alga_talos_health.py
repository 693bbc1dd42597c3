#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_talos_health."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_talos_health
short_description: Wait until a Talos machine is ready for an appliance
version_added: 0.1.0
description:
  - >-
    Waits for everything that an appliance needs: services, synchronised time, DNS, the mounted volume for its data, a Ready
    Kubernetes node that accepts pods, and the StorageClass. On a timeout, reports what is missing.
  - In check mode, the module checks once.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._talos
  - alga.appliance._reading
  - alga.appliance._progress_timeout
options:
  kubeconfig:
    description:
      - Path of the kubeconfig for the cluster.
    type: path
    required: true
  storage_class:
    description:
      - StorageClass of the appliance's volumes.
      - It must exist.
    type: str
    default: local-path
"""

EXAMPLES = r"""
---
- name: Wait until the machine is ready
  alga.appliance.alga_talos_health:
    node: 192.0.2.10
    folder: /etc/appliance/talos
    kubeconfig: /etc/appliance/kubeconfig
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
    - One of V(proceed) and, in check mode, V(wait).
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: proceed
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
    lacks:
      description: Unmet requirements.
      returned: success
      type: list
      elements: str
    disks:
      description: Size of each disk in bytes, by disk name.
      returned: success
      type: dict
    mounts:
      description: Mounted paths, and whether each is writable.
      returned: success
      type: dict
    resolvers:
      description: DNS servers.
      returned: success
      type: list
      elements: str
    time_synced:
      description: Whether the machine's clock is synchronised.
      returned: success
      type: bool
    version:
      description: Version of Talos.
      returned: success
      type: str
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_health import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
