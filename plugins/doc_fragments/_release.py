# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  release:
    description:
      - Name of the Helm release.
    type: str
    default: alga-core
  helm:
    description:
      - The C(helm) program, version 3 or 4.
    type: str
    default: helm
  values:
    description:
      - Additional values for the chart. The collection's own values take precedence.
    type: dict
    default: {}
  driver:
    description:
      - What runs the bootstrap.
      - With V(collection), the collection's own Job, which publishes only a complete database. The chart renders no Job.
      - With V(chart), the chart's Job, in the one revision of the release in which a bootstrap is due.
    type: str
    choices: [chart, collection]
    default: collection
"""
