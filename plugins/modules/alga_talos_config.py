#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_talos_config."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_talos_config
short_description: Apply the desired configuration to a Talos machine
version_added: 0.1.0
description:
  - Generates the configuration from the secrets and the patches, validates it with C(talosctl), compares it with the running
    configuration, and applies it if it differs.
  - A machine in maintenance mode then installs Talos and reboots. With O(mode=fresh), the module refuses if the disks hold
    partitions of an earlier installation.
  - Values that are or may be secrets are shown as fingerprints, which cannot be compared with those of another run.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._talos
  - alga.appliance._writing
  - alga.appliance._progress_timeout
options:
  cluster:
    description:
      - Name of the Talos cluster.
    type: str
    required: true
  endpoint:
    description:
      - URL of the cluster's API server. Defaults to port 6443 of O(node).
    type: str
    default: ""
  mode:
    description:
      - Whether to install a new appliance or to recover an existing one.
      - If the machine has lost its configuration or etcd's data, V(recover) proceeds only with O(confirm).
    type: str
    choices: [fresh, recover]
    default: recover
  confirm:
    description:
      - Name of the cluster, as a confirmation.
      - Required with O(mode=recover) if the machine has lost its configuration.
    type: str
    default: ""
  install_disk:
    description:
      - Path of the disk to install Talos on. Defaults to the one that C(talosctl) chooses.
    type: str
    default: ""
  storage_disk:
    description:
      - Disk on which to create the volume for the appliance's data, as a Talos disk selector expression such as
        V(disk.transport == "nvme").
      - If not set, the data is in a directory on the EPHEMERAL partition and is lost with that partition.
    type: str
    default: ""
  storage_class:
    description:
      - StorageClass of the appliance's volumes.
      - With V(local-path), the configuration includes local-path-provisioner, which places them on the volume for the
        appliance's data. Another provisioner must be part of O(patches) or be installed later.
    type: str
    default: local-path
  kubernetes_version:
    description:
      - Kubernetes version to install. Defaults to the one that C(talosctl) chooses.
      - A running machine keeps its version.
    type: str
    default: ""
  provisioner_version:
    description:
      - Version of local-path-provisioner that the configuration includes with O(storage_class=local-path).
      - Versions before V(0.0.37) have known vulnerabilities (CVE-2025-62878, CVE-2026-44543).
    type: str
    default: 0.0.37
  installer_image:
    description:
      - Talos installer image. Defaults to the one that C(talosctl) chooses.
      - A running machine keeps its version.
    type: str
    default: ""
  patches:
    description:
      - Patches for the machine configuration, applied in the given order.
    type: list
    elements: dict
    default: []
  apply_mode:
    description:
      - >-
        What to do if a change takes effect only after a reboot: V(no-reboot) refuses, V(staged) applies the change at the next
        reboot, V(reboot) reboots immediately.
    type: str
    choices: [no-reboot, staged, reboot]
    default: no-reboot
"""

EXAMPLES = r"""
---
- name: Apply the machine configuration
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
    - State of the machine. One of V(unreachable), V(maintenance), V(configured), V(configured_with_other_pki), V(booting),
      V(bootstrapped), V(upgrading) and V(unknown).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: bootstrapped
decision:
  description:
    - One of V(keep), V(install) and V(apply).
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
  contains:
    reboot_required:
      description: Whether a change takes effect only after a reboot.
      returned: success
      type: bool
    differences:
      description: Paths of the values that differ.
      returned: success
      type: list
      elements: str
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_config import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
