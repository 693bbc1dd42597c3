# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  release:
    description:
      - Name of the release.
    type: str
    default: alga-core
  helm:
    description:
      - The helm program, version 3 or 4.
    type: str
    default: helm
  values:
    description:
      - Further values for the chart; those of the collection win.
    type: dict
    default: {}
  driver:
    description:
      - Who runs the bootstrap.
      - With V(collection) it is a Job of the collection, which publishes only what is complete; the chart renders none.
      - With V(chart) it is the Job of the chart, in the one revision of the release in which a bootstrap is due.
    type: str
    choices: [chart, collection]
    default: collection
"""
