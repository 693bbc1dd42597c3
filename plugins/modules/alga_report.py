#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_report."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_report
short_description: Report the overall health of an appliance
version_added: 0.1.0
description:
  - Observes the appliance in the same way as the modules that change it.
  - Reports, by the same rules, whether the appliance is healthy and which playbook to run.
  - Lists first what will break at the next restart or would be lost by an uninstall.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._claims
  - alga.appliance._seed_contract
  - alga.appliance._expectation
  - alga.appliance._reading
options:
  sizes:
    description:
      - Expected sizes of the claims, by the section of the chart that uses them.
      - A smaller claim keeps its size and is reported.
    type: dict
    default: {}
  credentials:
    description:
      - Result of M(alga.appliance.alga_db_credentials) with step V(compare).
    type: dict
    required: true
  application:
    description:
      - Result of M(alga.appliance.alga_application) with step V(answer) in check mode, which is read-only.
    type: dict
    required: true
"""

EXAMPLES = r"""
---
- name: Compare the database credentials with the roles in PostgreSQL
  alga.appliance.alga_db_credentials:
    kubeconfig: /etc/appliance/kubeconfig
    step: compare
  register: credentials

- name: Find out whether the application responds, without waiting for it
  alga.appliance.alga_application:
    kubeconfig: /etc/appliance/kubeconfig
    step: answer
  check_mode: true
  register: application

- name: Report the health of the appliance
  alga.appliance.alga_report:
    kubeconfig: /etc/appliance/kubeconfig
    credentials: "{{ credentials }}"
    application: "{{ application }}"
"""

RETURN = r"""
---
state:
  description:
    - State of the database, as listed for the option O(alga.appliance.alga_pg_state#module:expect).
  returned: success; on failure, if it is known
  type: str
  sample: seeded
decision:
  description:
    - One of V(healthy) and V(attention).
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: healthy
msg:
  description: Human-readable summary of what was attempted, what was found, and what to do next.
  returned: always
  type: str
next_action:
  description:
    - The recommended next action. Empty if nothing needs to be done.
    - If the module fails, it is also part of RV(msg).
  returned: success; on failure, if it is known apart from RV(msg)
  type: str
evidence:
  description: The facts behind the result, without secrets.
  returned: success; on failure, if there is any
  type: dict
  contains:
    rule:
      description: Name of the decision rule that applies.
      returned: success
      type: str
    playbook:
      description: The playbook that would not refuse, V(fresh) or V(recover). Empty if both would.
      returned: success
      type: str
    storage:
      description: State of the volumes, as reported by M(alga.appliance.alga_volumes).
      returned: success
      type: str
    credentials:
      description: Decision about the Secret.
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
      description: The drift report, one line per role.
      returned: success
      type: list
      elements: str
drift:
  description: Whether the actual state differs from the expected state.
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
