#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_db_credentials."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_db_credentials
short_description: Create the database credentials once, before any data exists
version_added: 0.1.0
description:
  - Maintains the Secret with the database passwords for the lifetime of the data.
  - Creates the Secret only if no claim, no volume in any phase and no directory holds data. An existing Secret is never
    changed.
  - Before that, creates the database's claim, waits until it is bound, and refuses to create a Secret if the volume is not
    empty.
  - Compares an existing Secret with the verifiers in PostgreSQL and with the passwords that its consumers were started with,
    one row per role. Refuses a Secret that does not authenticate to the existing data.
  - Marks an existing Secret as kept and as owned by the release, so that helm adopts a Secret restored from a backup.
  - Refuses if data exists without the Secret, in check mode too. Never adds a missing key and never rotates a password.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._lease
  - alga.appliance._claims
  - alga.appliance._sizes
  - alga.appliance._seed_contract
  - alga.appliance._decision
  - alga.appliance._expectation
  - alga.appliance._writing
options:
  release:
    description:
      - Name of the Helm release.
      - It adopts the Secret.
    type: str
    default: alga-core
  fail_on_drift:
    description:
      - Whether to fail if there is drift, for use in pipelines. Nothing is changed in that case.
    type: bool
    default: false
"""

EXAMPLES = r"""
---
- name: Ensure that the database credentials exist
  alga.appliance.alga_db_credentials:
    kubeconfig: /etc/appliance/kubeconfig
"""

RETURN = r"""
---
state:
  description:
    - State of the Secret, one of V(absent), V(partial), V(complete) and V(unknown).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: complete
decision:
  description:
    - One of V(create) and V(keep).
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
    secret:
      description: Namespace and name of the Secret.
      returned: always
      type: str
    missing_keys:
      description: Required keys that are missing from the Secret or empty.
      returned: always
      type: list
      elements: str
    storage:
      description: State of the storage, such as V(none) or V(present).
      returned: always
      type: str
    found:
      description: Names of claims, volumes and directories that hold data.
      returned: always
      type: list
      elements: str
    schema:
      description: Schema version of the rows. Increased when a column is removed or changes its meaning.
      returned: always
      type: int
      sample: 1
    roles:
      description: One row for each required role. Empty if the Secret does not exist.
      returned: always
      type: list
      elements: dict
      contains:
        role:
          description: Name of the role.
          type: str
          returned: always
        secret_key:
          description: Key of the Secret that holds the role's password.
          type: str
          returned: always
        secret_value:
          description: One of V(present), V(missing) and V(empty).
          type: str
          returned: always
        role_state:
          description:
            - Whether the role can log in, regardless of its password. One of V(present), V(missing), V(nologin), V(expired),
              V(no_password), V(full) if it has reached its connection limit, and V(unknown).
          type: str
          returned: always
        verifier:
          description: Type of the role's password verifier in PostgreSQL, one of V(scram), V(md5), V(none) and V(unknown).
          type: str
          returned: always
        verifier_match:
          description: Whether the Secret's password matches the verifier, one of V(match), V(mismatch) and V(unknown).
          type: str
          returned: always
        login_method:
          description:
            - Method that pg_hba.conf requires on the pod network, such as V(scram-sha-256). V(unknown) if undeterminable.
          type: str
          returned: always
        login_is_evidence:
          description: Whether a login from the pod network would prove the password. False if a C(trust) rule applies.
          type: bool
          returned: always
        pooler_match:
          description: Whether PgBouncer's copy matches the Secret. Null if PgBouncer does not serve the role.
          type: str
          returned: always
        stale_pods:
          description: Pods that were started with a password other than the Secret's.
          type: list
          elements: str
          returned: always
        verdict:
          description:
            - One of V(ok), V(incomplete), V(drift), V(cannot_log_in), V(rotating) for an unfinished rotation, V(stale_consumer)
              and V(unknown).
          type: str
          returned: always
        next_action:
          description: What to do about it. Empty if nothing needs to be done.
          type: str
          returned: always
    secrets:
      description: One row for each problem with a key of another generated Secret.
      returned: always
      type: list
      elements: dict
      contains:
        secret:
          description: Name of the Secret.
          type: str
          returned: always
        key:
          description: Name of the key.
          type: str
          returned: always
        finding:
          description:
            - One of V(missing), V(empty), V(white_space), V(default) for the chart's publicly known default value, and
              V(unequal) for a value that differs from the same key in another Secret.
          type: str
          returned: always
        next_action:
          description: What to do about it.
          type: str
          returned: always
    lost_keys:
      description:
        - Keys of the other generated Secrets that are missing or changed since the appliance was complete, according to the
          digests recorded on its claim. If there are any, the module refuses.
      returned: always
      type: list
      elements: dict
      contains:
        secret:
          description: Name of the Secret.
          type: str
          returned: always
        key:
          description: Name of the key.
          type: str
          returned: always
        loss:
          description: One of V(secret_gone), V(missing) and V(other) for a changed value.
          type: str
          returned: always
    not_compared:
      description: Why a copy could not be read. Empty if all copies were read.
      returned: always
      type: str
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials.db_credentials import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
