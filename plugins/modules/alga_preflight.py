#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_preflight."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_preflight
short_description: Check everything the operator said before anything is touched
version_added: 0.1.0
description:
  - Checks all variables, the files they name, helm and the cluster, and reports every finding at once.
  - An empty text counts as unset, because AWX hands over an unanswered survey question so.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._reading
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  mode:
    description:
      - What is going to be done, such as V(fresh), V(recover), V(status) and V(rotate).
      - One of O(mode) and O(roles) is needed; O(mode) decides where both are given.
    type: str
    default: ''
  roles:
    description:
      - The roles of a play without a mode, by their full names; what the collection's own among them need is checked.
    type: list
    elements: str
    default: []
  settings:
    description:
      - The variables C(alga_*) as they were given.
    type: dict
    required: true
  machine:
    description:
      - Whether the machine that C(alga_talos_node) names is still to be brought up, before which there may be no kubeconfig.
    type: str
    choices: [ahead, behind]
    default: ahead
"""

EXAMPLES = r"""
---
- name: Check the variables
  alga.appliance.alga_preflight:
    mode: status
    settings:
      alga_kubeconfig: /etc/appliance/kubeconfig
      alga_chart: /srv/charts/sebastian
"""

RETURN = r"""
---
state:
  description: Always V(valid); everything else fails.
  returned: when it is known
  type: str
  sample: valid
decision:
  description: Always V(proceed).
  returned: success
  type: str
  sample: proceed
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
    images:
      description:
        - Images that the rendered chart makes the nodes pull; none where the chart cannot be rendered yet, or no release is made.
      returned: success
      type: list
      elements: str
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
settings:
  description: The variables in force, defaults included.
  returned: success
  type: dict
given:
  description: How the variables that say which appliance were written, by which a later role is held to the one that was checked.
  returned: success
  type: dict
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.preflight import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
