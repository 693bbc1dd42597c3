#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_report."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_report
short_description: Give the verdict over an appliance
version_added: 0.1.0
description:
  - Looks at the appliance as the modules that change it do.
  - Says by the same rules whether it is healthy and which playbook to run.
  - What will break at the next restart, or would be lost by an uninstall, comes first.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._claims
  - alga.appliance._seed_contract
  - alga.appliance._expectation
  - alga.appliance._reading
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  sizes:
    description:
      - Sizes that the claims should have, by the section of the chart that uses them.
      - A claim that is smaller keeps its size, and is named.
    type: dict
    default: {}
  credentials:
    description:
      - Result of M(alga.appliance.alga_db_credentials) with step V(compare).
    type: dict
    required: true
  application:
    description:
      - Result of M(alga.appliance.alga_application) with step V(answer) in check mode, which only looks.
    type: dict
    required: true
"""

EXAMPLES = r"""
---
- name: Give the verdict
  alga.appliance.alga_report:
    kubeconfig: /etc/appliance/kubeconfig
    credentials: "{{ credentials }}"
    application: "{{ application }}"
"""

RETURN = r"""
---
state:
  description: One state of the database ladder.
  returned: when it is known
  type: str
  sample: seeded
decision:
  description: One of V(healthy) and V(attention).
  returned: success
  type: str
  sample: healthy
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
    rule:
      description: The rule of the decision that applies, by its name.
      returned: success
      type: str
    playbook:
      description: The playbook that would not refuse, V(fresh) or V(recover); empty where both would.
      returned: success
      type: str
    storage:
      description: What is known of the volumes, as M(alga.appliance.alga_volumes) names it.
      returned: success
      type: str
    credentials:
      description: What is done about the Secret.
      returned: success
      type: str
    database:
      description: The facts about the database.
      returned: success
      type: dict
    volumes:
      description: The facts about claims, volumes and directories.
      returned: success
      type: dict
    roles:
      description: The drift report, one line a role.
      returned: success
      type: list
      elements: str
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.report import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
