#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_initial_tenant."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_initial_tenant
short_description: Create the first tenant and verify that its administrator can log in
version_added: 0.1.0
description:
  - Does nothing without the Secret C(appliance-initial-tenant) in the namespace of the appliance. Its keys are
    C(INITIAL_TENANT_NAME), C(INITIAL_ADMIN_FIRST_NAME), C(INITIAL_ADMIN_LAST_NAME), C(INITIAL_ADMIN_EMAIL),
    C(INITIAL_ADMIN_PASSWORD) and, to choose the tenant's id, C(INITIAL_TENANT_ID).
  - Runs a command from the application's image in a Job, followed by the onboarding seeds if the tenant's roles are still
    missing.
  - Succeeds if the tenant and its administrator exist, the seed contract is fulfilled, and the administrator's stored digest
    matches the password under the application's own settings. The exit code of the command is not relied on.
  - Records the tenant's id in the database before the command starts, so that the next run recognises its own tenant.
  - Checks for Temporal and its worker, which the application's own command requires if the application's environment names a
    C(TEMPORAL_ADDRESS) in the namespace of the appliance. Waits until they run, and refuses if they do not exist.
  - If the command cannot continue with a tenant that it began and that has no user, moves the rows of that tenant to a table of
    its own and starts over with the same id.
  - Never changes a tenant that it did not create, a password or existing permissions, and never creates a second tenant.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._database
  - alga.appliance._seed_contract
  - alga.appliance._writing
  - alga.appliance._progress_timeout
options:
  fullname:
    description:
      - Name that the core chart gives to its objects.
      - The application's Deployment has this name.
    type: str
    default: alga-core-sebastian
  command:
    description:
      - Program in the image that creates the tenant, with its arguments. Must not contain secrets.
      - The program receives the keys of the Secret as environment variables, always including C(INITIAL_TENANT_ID), and must
        create the tenant with that id.
    type: list
    elements: str
    default: [node, /app/server/scripts/appliance-create-tenant.mjs]
  job_environment:
    description:
      - Additional environment variables for the collection's Jobs. Must not contain secrets.
    type: dict
    default: {}
"""

EXAMPLES = r"""
---
- name: Create the first tenant if the Secret requests it
  alga.appliance.alga_initial_tenant:
    kubeconfig: /etc/appliance/kubeconfig
"""

RETURN = r"""
---
state:
  description:
    - One of V(not_requested), V(unknown), V(absent), V(other), V(partial) and V(complete).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: complete
decision:
  description:
    - First step that was needed, one of V(keep), V(create), V(seed), V(watch), V(set_aside) and V(record).
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: keep
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
    database_state:
      description: State of the database, as listed for the option O(alga.appliance.alga_pg_state#module:expect).
      returned: when the Secret exists
      type: str
    tenants:
      description: Names of the tenants, by id.
      returned: when the database was read
      type: dict
    rows:
      description: Number of rows in each table that belongs to a tenant, counted up to 1000.
      returned: when the database was read
      type: dict
    jobs:
      description: States of the first tenant's Jobs, by stage.
      returned: when the Secret exists
      type: dict
    begun:
      description: Id of the tenant recorded in the ledger. Empty if there is none.
      returned: when the database was read
      type: str
    completed:
      description: Time at which the first tenant was found complete. Empty until then.
      returned: when the database was read
      type: str
    needs:
      description: What the command needs and what does not exist.
      returned: when that kept it from being started
      type: list
      elements: str
    log:
      description: Last lines of a Job's log, without secrets.
      returned: when a Job ended in vain
      type: list
      elements: str
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.tenant.initial_tenant import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
