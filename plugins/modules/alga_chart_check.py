#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_chart_check."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_chart_check
short_description: Check Helm charts for faults before they are installed
version_added: 0.1.0
description:
  - Renders charts with their values and reports faults, each with the chart's file and the line of the rendered manifests.
  - Fails if a chart loses data, and reports everything else as warnings.
  - Checks the charts together, because one may use a Service or a Secret that another renders.
  - Requires no cluster. With O(kubeconfig), it also compares the charts with what the cluster has.
  - The collection's documentation lists everything it looks for, in C(docs/charts.md).
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._reading
requirements:
  - helm 3 or 4
  - kubernetes
  - pg8000
  - PyYAML
options:
  charts:
    description:
      - The charts. Password hashing is compared with that of the first one.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the release.
        type: str
        required: true
      chart:
        description:
          - Directory, OCI reference (C(oci://...)), or name of the chart in O(charts[].repository).
        type: str
        required: true
      repository:
        description:
          - URL of the chart's repository.
        type: str
      version:
        description:
          - Version of the chart. Defaults to the newest one.
        type: str
      values:
        description:
          - Values for the chart. They override those of O(charts[].values_files).
        type: dict
      values_files:
        description:
          - Values files for the chart; later files override earlier ones.
        type: list
        elements: path
  kubeconfig:
    description:
      - Path of the kubeconfig for the cluster.
      - If it is not set, the charts are checked on their own.
    type: path
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
  helm:
    description:
      - The C(helm) program, version 3 or 4.
    type: str
    default: helm
"""

EXAMPLES = r"""
---
- name: Check the charts of the core and the connection pooler
  alga.appliance.alga_chart_check:
    charts:
      - name: alga-core
        chart: /srv/charts/sebastian
        values:
          db: {persistence: {existingClaim: alga-core-sebastian-postgres-data}}
          redis: {persistence: {existingClaim: alga-core-sebastian-redis-data}}
          server: {persistence: {existingClaim: alga-core-sebastian-storage}}
      - name: pgbouncer
        chart: /srv/charts/pgbouncer
  register: charts
"""

RETURN = r"""
---
state:
  description:
    - V(clean), V(warnings) or V(errors).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: warnings
decision:
  description:
    - V(accept) if no chart loses data.
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: accept
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
    faults:
      description: What was found, errors first.
      returned: when the charts could be rendered
      type: list
      elements: dict
      contains:
        row:
          description: What was looked for, such as V(hook_secret).
          returned: always
          type: str
        severity:
          description: V(error) if it loses data, otherwise V(warning).
          returned: always
          type: str
        chart:
          description: Name of the chart's release.
          returned: always
          type: str
        source:
          description: File of the chart. Empty if helm does not name one.
          returned: always
          type: str
        line:
          description: Line of the manifests that helm rendered for the chart.
          returned: always
          type: int
        message:
          description: What is wrong.
          returned: always
          type: str
        next_action:
          description: What to do about it.
          returned: always
          type: str
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.charts.chart_check import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
