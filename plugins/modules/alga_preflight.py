#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_preflight."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_preflight
short_description: Validate all variables before anything is changed
version_added: 0.1.0
description:
  - Checks all variables, the files that they name, helm and the cluster, and reports all problems at once.
  - An empty string counts as unset, because that is what AWX passes for an unanswered survey question.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._reading
options:
  mode:
    description:
      - What the playbook is about to do, such as V(fresh), V(recover), V(status) or V(rotate).
      - One of O(mode) and O(roles) is required; if both are given, O(mode) applies.
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
      - The variables C(alga_*) as given by the operator.
    type: dict
    required: true
  machine:
    description:
      - Whether the machine named by C(alga_talos_node) is still to be brought up. With V(ahead), the kubeconfig may not exist
        yet.
    type: str
    choices: [ahead, behind]
    default: ahead
  run_tags:
    description:
      - The tags that C(--tags) limits this run to. A play with a O(mode) is refused unless V(all) is one of them, because
        its steps depend on each other.
    type: list
    elements: str
    default: [all]
  skip_tags:
    description:
      - The tags of C(--skip-tags). A play with a O(mode) is refused if one of them is V(all) or V(untagged), which leave out
        every step.
    type: list
    elements: str
    default: []
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
  description:
    - V(valid) if the module succeeds.
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: valid
decision:
  description:
    - V(proceed) if the module succeeds.
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: proceed
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
    images:
      description:
        - Images that the nodes pull for the rendered chart. Empty if the chart cannot be rendered yet or no release is
          installed.
      returned: success
      type: list
      elements: str
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
settings:
  description: The effective variables, including defaults.
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
