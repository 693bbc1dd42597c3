# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of the kubeconfig for the cluster.
    type: path
    required: true
  context:
    description:
      - Context in the kubeconfig.
      - Defaults to the kubeconfig's current context.
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
