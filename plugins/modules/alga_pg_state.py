#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_pg_state."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_pg_state
short_description: Tell what is really in the database of the appliance
version_added: 0.1.0
description:
  - Observes PostgreSQL over a direct connection and answers with exactly one state, its evidence and the next action.
  - An error, a timeout, a refused login or a missing permission is an answer of its own and never reads as an empty database.
  - Works on an in-cluster PostgreSQL through the Kubernetes API and on any PostgreSQL by host and port.
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
  kubeconfig:
    description:
      - Path of the kubeconfig that opens the cluster.
      - Exactly one of O(kubeconfig) and O(login_host) is needed.
    required: false
    type: path
  login_host:
    description:
      - Host of a PostgreSQL outside the cluster.
    type: str
  login_port:
    description:
      - Port of that PostgreSQL.
    type: int
    default: 5432
  login_user:
    description:
      - Role for the connection, a superuser or a member of C(pg_read_all_data).
      - Whether the password is the stored one is told only to a superuser, since C(pg_authid) is readable to no other role.
    type: str
    default: postgres
  login_password:
    description:
      - Password of O(login_user).
    type: str
  database:
    description:
      - Name of the application database.
    type: str
    default: server
  expected_migrations:
    description:
      - Names of the migrations of the image, to tell V(behind) and V(ahead); nothing is compared without them.
    type: list
    elements: str
  expect:
    description:
      - States that are acceptable; the task fails with a sentence in every other one.
    type: list
    elements: str
    choices:
      - unreachable
      - auth_failed
      - pooler
      - read_only
      - starting
      - unknown
      - absent
      - renamed
      - building
      - created
      - migrating
      - interrupted
      - behind
      - ahead
      - migrated
      - partially_seeded
      - seeded
      - foreign
"""

EXAMPLES = r"""
---
- name: Ask what is in the database
  alga.appliance.alga_pg_state:
    kubeconfig: /etc/appliance/kubeconfig

- name: Fail unless the appliance has its data
  alga.appliance.alga_pg_state:
    kubeconfig: /etc/appliance/kubeconfig
    expect: [migrated, seeded]

- name: Ask a PostgreSQL outside the cluster
  alga.appliance.alga_pg_state:
    login_host: db.example.com
    login_password: "{{ vault_superuser_password }}"
"""

RETURN = r"""
---
state:
  description: One state of the database ladder.
  returned: when it is known
  type: str
  sample: seeded
decision:
  description: Always V(observe).
  returned: success
  type: str
  sample: observe
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
    read_only:
      description: Everything that keeps the application from writing, a sentence each; empty where it can.
      returned: when the database was read
      type: list
      elements: str
    findings:
      description: What is wrong beside the state, such as privileges that roles lack, or an encoding that is not UTF8.
      returned: when the database was read
      type: list
      elements: str
    encoding:
      description: Encoding of the application database; empty where that does not exist.
      returned: when the database was read
      type: str
    locale:
      description: Locale of the application database (C(datctype)); empty where that does not exist.
      returned: when the database was read
      type: str
    other_ledgers:
      description: Other databases that carry this collection's ledger, looked for where the application's holds nothing.
      returned: when the database was read
      type: list
      elements: str
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
    licensed:
      description:
        - Whether table license_state has the row without which the application's licensing is out of order; nothing where there
          is no such table.
      returned: when the database was read
      type: bool
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.pg_state import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
