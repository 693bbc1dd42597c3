# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of the kubeconfig that opens the cluster.
    type: path
    required: true
  context:
    description:
      - Context in the kubeconfig.
      - Its current context is used when this is not set.
    type: str
  namespace:
    description:
      - Namespace of the appliance.
    type: str
    default: msp
requirements:
  - kubernetes
  - pg8000
  - PyYAML
"""
