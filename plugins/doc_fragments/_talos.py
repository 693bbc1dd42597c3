# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  node:
    description:
      - Address of the machine's API, with a port if it is not 50000.
    type: str
    required: true
  folder:
    description:
      - Directory on the controller that contains the secrets of the cluster and the credentials for the machine, accessible
        only to its owner.
    type: path
    required: true
  talosctl:
    description:
      - The C(talosctl) program, version 1.12 to 1.14.
    type: str
    default: talosctl
requirements:
  - talosctl
  - cryptography
  - PyYAML
"""
