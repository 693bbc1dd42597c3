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
  - Decides from several tables and the ledger in the database, never from a single table or a Helm revision.
  - Anything that cannot be read blocks the seed gate.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._seed_contract
  - alga.appliance._reading
options:
  database:
    description:
      - Name of the application database.
      - Its tables are inspected.
    type: str
    default: server
"""

EXAMPLES = r"""
---
- name: Decide whether seeds may run
  alga.appliance.alga_seed_gate:
    kubeconfig: /etc/appliance/kubeconfig
"""

RETURN = r"""
---
state:
  description:
    - State of the database, as listed for the option O(alga.appliance.alga_pg_state#module:expect).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: seeded
decision:
  description:
    - One of V(open), V(closed) and V(blocked).
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: closed
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
    reason:
      description: Why the database could not be read, such as V(no_running_pod), V(password_rejected) or V(api_forbidden).
      returned: when the database could not be read
      type: str
    sqlstate:
      description: SQLSTATE code of PostgreSQL's error. See Appendix A of the PostgreSQL documentation.
      returned: when PostgreSQL refused
      type: str
    server:
      description: Human-readable name of the server.
      returned: when the database was read
      type: str
    server_version:
      description: PostgreSQL's C(server_version_num).
      returned: when the database was read
      type: int
    system_identifier:
      description: System identifier of the data directory, from C(pg_control_system()).
      returned: when the database was read
      type: str
    database:
      description: Name of the application database.
      returned: when the database was read
      type: str
    databases:
      description: Names of all databases except templates.
      returned: when the database was read
      type: list
      elements: str
    superuser_matches:
      description: Whether the given password matches the stored one. Null if it could not be compared.
      returned: when the database was read
      type: bool
    tables:
      description: Number of tables in the application database. Null if the database does not exist.
      returned: when the database was read
      type: int
    migrations:
      description: Number of applied migrations. Null if knex has not created its table yet.
      returned: when the database was read
      type: int
    last_migration:
      description: Name of the latest applied migration.
      returned: when the database was read
      type: str
    migration_lock:
      description: Whether knex's migration lock is held.
      returned: when the database was read
      type: bool
    other_connections:
      description: Number of client connections to the application database other than the application's own.
      returned: when the database was read
      type: int
    rows:
      description: Number of rows in each table of the seed contract, counted up to 1000. Null for a missing table.
      returned: when the database was read
      type: dict
    ledger:
      description: Latest entry of the collection's ledger in the database. Empty if there is none.
      returned: when the database was read
      type: dict
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap.seed_gate import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
