#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_talos_config."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_talos_config
short_description: Bring a Talos machine to the configuration that is wanted
version_added: 0.1.0
description:
  - Makes the configuration from the secrets and the patches, lets C(talosctl) validate it, compares it with what the
    machine runs, and applies it where it differs.
  - A machine in maintenance mode installs itself upon it. Where its disks hold partitions of an earlier installation,
    V(fresh) refuses.
  - Values that are or may be secrets are shown as fingerprints, which nobody can compare with those of another run.
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
  endpoint:
    description:
      - URL of the cluster's API server. When it is not set, it is port 6443 of O(node).
    type: str
    default: ""
  mode:
    description:
      - Whether a new appliance is made or one that had data is brought back.
      - V(recover) goes on over a machine that lost its configuration or etcd's data only with O(confirm).
    type: str
    choices: [fresh, recover]
    default: recover
  confirm:
    description:
      - Name of the cluster, to say that it is meant. V(recover) asks for it where the machine lost its configuration.
    type: str
    default: ""
  install_disk:
    description:
      - Path of the disk that Talos is installed on. When it is not set, it is the one that C(talosctl) takes.
    type: str
    default: ""
  storage_disk:
    description:
      - Which disk the volume for the appliance's data is made on, as an expression of Talos, such as V(disk.transport ==
        "nvme").
      - When it is not set, the data lies in a directory on the partition EPHEMERAL, and is lost with it.
    type: str
    default: ""
  storage_class:
    description:
      - StorageClass of the appliance's volumes.
      - With V(local-path) the configuration brings local-path-provisioner, which keeps them on the volume for the
        appliance's data. What brings another one is in O(patches), or is installed later.
    type: str
    default: local-path
  kubernetes_version:
    description:
      - Version of Kubernetes that a machine is installed with. When it is not set, it is the one that C(talosctl) takes.
      - A machine that runs keeps its own.
    type: str
    default: ""
  installer_image:
    description:
      - Image that installs Talos on a machine. When it is not set, it is the one that C(talosctl) takes.
      - A machine that runs keeps its own.
    type: str
    default: ""
  patches:
    description:
      - Patches of the machine configuration, in their order.
    type: list
    elements: dict
    default: []
  apply_mode:
    description:
      - >-
        What is done where a difference comes into force only by a boot: V(no-reboot) refuses, V(staged) leaves it to the
        next boot, V(reboot) boots.
    type: str
    choices: [no-reboot, staged, reboot]
    default: no-reboot
"""

EXAMPLES = r"""
---
- name: Keep the machine configuration as it is written down
  alga.appliance.alga_talos_config:
    node: 192.0.2.10
    folder: /etc/appliance/talos
    cluster: workshop
    mode: fresh
    install_disk: /dev/sda
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
  description: One of V(keep), V(install) and V(apply).
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
    reboot_required:
      description: Whether a difference comes into force only by a boot.
      returned: success
      type: bool
    differences:
      description: Paths of the values that differ.
      returned: success
      type: list
      elements: str
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos_config import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
