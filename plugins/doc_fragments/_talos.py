# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  node:
    description:
      - Address of the machine's API, with a port where it is another one than 50000.
    type: str
    required: true
  folder:
    description:
      - Folder on the controller with the secrets of the cluster and what opens the machine, for their owner alone.
    type: path
    required: true
  talosctl:
    description:
      - The program C(talosctl), version 1.12 to 1.14.
    type: str
    default: talosctl
requirements:
  - talosctl
  - cryptography
  - PyYAML
"""
