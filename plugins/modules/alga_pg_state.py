#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_pg_state."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_pg_state
short_description: Report the actual state of the appliance's database
version_added: 0.1.0
description:
  - Observes PostgreSQL over a direct connection and reports exactly one state, its evidence and the next action.
  - Errors, timeouts, refused logins and missing permissions have states of their own and are never reported as an empty
    database.
  - Connects to a PostgreSQL in the cluster through the Kubernetes API, or to any PostgreSQL by host and port.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._seed_contract
  - alga.appliance._reading
options:
  kubeconfig:
    description:
      - Path of the kubeconfig for the cluster.
      - Exactly one of O(kubeconfig) and O(login_host) is required.
    required: false
    type: path
  login_host:
    description:
      - Host of a PostgreSQL outside the cluster.
    type: str
  login_port:
    description:
      - Port of the PostgreSQL at O(login_host).
    type: int
    default: 5432
  login_user:
    description:
      - Role to connect as, a superuser or a member of C(pg_read_all_data).
      - Only a superuser can verify the stored password, because no other role can read C(pg_authid).
    type: str
    default: postgres
  login_password:
    description:
      - Password of O(login_user).
    type: str
  ssl_mode:
    description:
      - TLS mode of a connection to O(login_host), with the names that libpq and community.postgresql use.
      - V(verify-full) requires TLS and a certificate that a trusted authority issued for the name or address in O(login_host).
      - V(verify-ca) does not compare the name. V(require) encrypts the connection but accepts any certificate.
      - V(prefer) uses TLS if the server offers it, and accepts any certificate. V(disable) does not use TLS.
      - The V(allow) of libpq is not available.
      - A connection through the Kubernetes API is always protected by the TLS of the API, whatever is set here.
    type: str
    choices:
      - disable
      - prefer
      - require
      - verify-ca
      - verify-full
    default: verify-full
  ca_cert:
    description:
      - Path of a file with the certificates, in PEM format, of the authorities to trust for O(login_host).
      - Requires V(verify-full) or V(verify-ca) for O(ssl_mode). If not set, the authorities that the controller's system trusts
        are used.
    type: path
  database:
    description:
      - Name of the application database.
    type: str
    default: server
  expected_migrations:
    description:
      - Names of the image's migrations, required to detect V(behind) and V(ahead). If not set, migrations are not compared.
    type: list
    elements: str
  expect:
    description:
      - Acceptable states. In any other state, the task fails.
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
- name: Report the state of the database
  alga.appliance.alga_pg_state:
    kubeconfig: /etc/appliance/kubeconfig

- name: Fail unless the appliance has its data
  alga.appliance.alga_pg_state:
    kubeconfig: /etc/appliance/kubeconfig
    expect: [migrated, seeded]

- name: Report the state of a database outside the cluster
  alga.appliance.alga_pg_state:
    login_host: db.example.com
    login_password: "{{ vault_superuser_password }}"
    ca_cert: /etc/appliance/database-ca.pem
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
    - V(observe) if the module succeeds.
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: observe
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
    read_only:
      description: Everything that prevents the application from writing, one sentence each. Empty if it can write.
      returned: when the database was read
      type: list
      elements: str
    findings:
      description: Problems that do not affect the state, such as missing privileges of roles or an encoding other than UTF8.
      returned: when the database was read
      type: list
      elements: str
    encoding:
      description: Encoding of the application database. Empty if the database does not exist.
      returned: when the database was read
      type: str
    locale:
      description: Locale of the application database (C(datctype)). Empty if the database does not exist.
      returned: when the database was read
      type: str
    other_ledgers:
      description: Other databases that carry this collection's ledger. Searched only if the application database holds nothing.
      returned: when the database was read
      type: list
      elements: str
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
    licensed:
      description:
        - Whether the table license_state has the row that the application's licensing requires. Null if there is no such table.
      returned: when the database was read
      type: bool
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.database.pg_state import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
