#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_initial_tenant."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_initial_tenant
short_description: Make the first tenant and prove that its administrator can log in
version_added: 0.1.0
description:
  - Does nothing without the Secret C(appliance-initial-tenant) in the namespace of the appliance. Its keys are
    C(INITIAL_TENANT_NAME), C(INITIAL_ADMIN_FIRST_NAME), C(INITIAL_ADMIN_LAST_NAME), C(INITIAL_ADMIN_EMAIL),
    C(INITIAL_ADMIN_PASSWORD) and, if the id is to be a certain one, C(INITIAL_TENANT_ID).
  - Runs a command of the image of the application in a Job, then the onboarding seeds where the roles of the tenant are still
    missing.
  - Succeeds when the tenant and its administrator are there, the seed contract is fulfilled, and the digest that is stored for
    the administrator is the one of the password, by the environment of the application itself. Exit codes do not count.
  - Records the id of the tenant in the database before the command starts, so that the next run knows what is its own.
  - Looks for the Temporal and the worker that the own command of the application needs, where its environment names a
    C(TEMPORAL_ADDRESS) in the namespace of the appliance, and waits until they run; refuses where they do not exist.
  - Moves the rows of a tenant that it began, that has no user and that the command cannot go on with into a table of its own, and
    begins anew with the same id.
  - Changes no tenant that it did not begin, no password, and no permissions that are there; makes no second tenant.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._database
  - alga.appliance._seed_contract
  - alga.appliance._writing
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  fullname:
    description:
      - Name that the core chart gives to the Deployment of the application.
    type: str
    default: alga-core-sebastian
  script:
    description:
      - The program that runs the command and takes secrets out of what it prints, run by C(node) in that image.
    type: str
    required: true
  command:
    description:
      - The program in the image that makes the tenant, and its arguments; no secrets.
      - It finds the keys of the Secret in its environment, C(INITIAL_TENANT_ID) always among them, and has to give that id to the
        tenant.
    type: list
    elements: str
    default: [node, /app/server/scripts/appliance-create-tenant.mjs]
  job_environment:
    description:
      - Further environment variables of the Jobs; no secrets.
    type: dict
    default: {}
  patience:
    description:
      - Seconds without any progress after which the wait is given up.
    type: int
    default: 600
"""

EXAMPLES = r"""
---
- name: Make the first tenant where the Secret asks for it
  alga.appliance.alga_initial_tenant:
    kubeconfig: /etc/appliance/kubeconfig
    script: "{{ lookup('ansible.builtin.file', 'run.cjs') }}"
"""

RETURN = r"""
---
state:
  description: One of V(not_requested), V(unknown), V(absent), V(other), V(partial) and V(complete).
  returned: when it is known
  type: str
  sample: complete
decision:
  description: First step that was needed, one of V(keep), V(create), V(seed), V(watch), V(set_aside) and V(record).
  returned: success
  type: str
  sample: keep
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
    database_state:
      description: One state of the database ladder.
      returned: when the Secret exists
      type: str
    tenants:
      description: Names of tenants by id.
      returned: when the database was read
      type: dict
    rows:
      description: Rows of the tables that a tenant owns, counted up to 1000.
      returned: when the database was read
      type: dict
    jobs:
      description: How the Jobs of the first tenant stand, by stage.
      returned: when the Secret exists
      type: dict
    begun:
      description: Id of the tenant that the ledger records; empty where there is none.
      returned: when the database was read
      type: str
    completed:
      description: When the first tenant was seen to be complete; empty before.
      returned: when the database was read
      type: str
    needs:
      description: What the command needs and what does not exist.
      returned: when that kept it from being started
      type: list
      elements: str
    log:
      description: The last lines of the log of a Job, without secrets.
      returned: when a Job ended in vain
      type: list
      elements: str
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.initial_tenant import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
