#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_seed_gate."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_seed_gate
short_description: Decide whether seeds may run
version_added: 0.1.0
description:
  - Decides from several tables and the ledger of the database, never from one table or a Helm revision.
  - Everything that could not be read blocks the gate.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._seed_contract
  - alga.appliance._reading
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  database:
    description:
      - Database whose tables decide.
    type: str
    default: server
"""

EXAMPLES = r"""
---
- name: Ask whether seeds may run
  alga.appliance.alga_seed_gate:
    kubeconfig: /etc/appliance/kubeconfig
"""

RETURN = r"""
---
state:
  description: One state of the database ladder.
  returned: when it is known
  type: str
  sample: seeded
decision:
  description: One of V(open), V(closed) and V(blocked).
  returned: success
  type: str
  sample: closed
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
    reason:
      description: Why nothing could be read, such as V(no_running_pod), V(password_rejected) or V(api_forbidden).
      returned: when the database could not be read
      type: str
    sqlstate:
      description: PostgreSQL's code for what it refused; see its documentation, Appendix A.
      returned: when PostgreSQL refused
      type: str
    server:
      description: The server as a person would name it.
      returned: when the database was read
      type: str
    server_version:
      description: C(server_version_num) of PostgreSQL.
      returned: when the database was read
      type: int
    system_identifier:
      description: Identity of the data directory, from C(pg_control_system()).
      returned: when the database was read
      type: str
    database:
      description: Name of the application database.
      returned: when the database was read
      type: str
    databases:
      description: Names of all databases but templates.
      returned: when the database was read
      type: list
      elements: str
    superuser_matches:
      description: Whether the password at hand is the stored one; null where it could not be compared.
      returned: when the database was read
      type: bool
    tables:
      description: Number of tables in the application database; null where that does not exist.
      returned: when the database was read
      type: int
    migrations:
      description: Number of applied migrations; null where knex has no table yet.
      returned: when the database was read
      type: int
    last_migration:
      description: Name of the newest applied migration.
      returned: when the database was read
      type: str
    migration_lock:
      description: Whether the migration lock of knex is held.
      returned: when the database was read
      type: bool
    other_connections:
      description: Number of client connections to the application database that are not the application's own.
      returned: when the database was read
      type: int
    rows:
      description: Rows of each table of the seed contract, counted up to 1000; null for a missing table.
      returned: when the database was read
      type: dict
    ledger:
      description: Newest entry of the collection's ledger in the database; empty where there is none.
      returned: when the database was read
      type: dict
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.seed_gate import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
