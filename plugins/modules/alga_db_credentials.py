#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_db_credentials."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_db_credentials
short_description: Create the database credentials once, where no data can exist
version_added: 0.1.0
description:
  - Keeps the Secret with the database passwords as a persistent contract.
  - Creates it only where neither claim, volume in any phase nor directory holds data; otherwise it is kept as it is.
  - Makes the database's claim before, lets it get its volume, and refuses to create a Secret where that volume is not empty.
  - Compares an existing Secret with the verifiers in PostgreSQL and with what its consumers were started with, one row a role;
    refuses one that does not open the data.
  - Marks an existing Secret as kept and as known to the release, so that helm adopts one restored from a backup.
  - Refuses by name when data exists and the Secret does not, in check mode too; never fills in a key, never rotates.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._lease
  - alga.appliance._claims
  - alga.appliance._sizes
  - alga.appliance._seed_contract
  - alga.appliance._decision
  - alga.appliance._expectation
  - alga.appliance._writing
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  release:
    description:
      - Helm release of the core chart, which adopts the Secret.
    type: str
    default: alga-core
  step:
    description:
      - V(ensure) creates the Secret where that is allowed and fails where it is refused.
      - V(compare) only reports, with RV(drift) set where the Secret and the storage do not belong together.
    type: str
    choices: [ensure, compare]
    default: ensure
  fail_on_drift:
    description:
      - Whether drift is a failure, for pipelines. Nothing is changed then.
    type: bool
    default: false
"""

EXAMPLES = r"""
---
- name: Keep the database credentials
  alga.appliance.alga_db_credentials:
    kubeconfig: /etc/appliance/kubeconfig

- name: Compare them with the roles in PostgreSQL
  alga.appliance.alga_db_credentials:
    kubeconfig: /etc/appliance/kubeconfig
    step: compare
"""

RETURN = r"""
---
state:
  description: State of the Secret, one of V(absent), V(partial), V(complete) and V(unknown).
  returned: when it is known
  type: str
  sample: complete
decision:
  description: One of V(create), V(keep) and, with O(step=compare), V(refuse).
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
    secret:
      description: The Secret as namespace and name.
      returned: always
      type: str
    missing_keys:
      description: Keys of the contract that are absent or empty in the Secret.
      returned: always
      type: list
      elements: str
    storage:
      description: Where data is, such as V(none) or V(present); nothing where O(step=compare) found the Secret complete.
      returned: always
      type: str
    found:
      description: Claims, volumes and directories that hold data, by name.
      returned: always
      type: list
      elements: str
    schema:
      description: Version of the rows' shape; it grows when a column changes its meaning or goes.
      returned: always
      type: int
      sample: 1
    roles:
      description: One row for each role of the contract; none where there is no Secret.
      returned: always
      type: list
      elements: dict
      contains:
        role:
          description: The role.
          type: str
          returned: always
        secret_key:
          description: The key of the Secret that holds its password.
          type: str
          returned: always
        secret_value:
          description: One of V(present), V(missing) and V(empty).
          type: str
          returned: always
        role_state:
          description:
            - Whether it can log in whatever its password, one of V(present), V(missing), V(nologin), V(expired), V(no_password),
              V(full) for as many connections as it may have, and V(unknown).
          type: str
          returned: always
        verifier:
          description: How PostgreSQL keeps its password, one of V(scram), V(md5), V(none) and V(unknown).
          type: str
          returned: always
        verifier_match:
          description: Whether the Secret's password belongs to it, one of V(match), V(mismatch) and V(unknown).
          type: str
          returned: always
        login_method:
          description: How pg_hba.conf asks it on the pod network, such as V(scram-sha-256); V(unknown) where it cannot be told.
          type: str
          returned: always
        login_is_evidence:
          description: Whether a login there would prove the password; it does not where a rule trusts.
          type: bool
          returned: always
        pooler_match:
          description: Whether PgBouncer's own copy is the Secret's; null where PgBouncer does not serve the role.
          type: str
          returned: always
        stale_pods:
          description: Pods that were started with another password than the Secret's.
          type: list
          elements: str
          returned: always
        verdict:
          description:
            - One of V(ok), V(incomplete), V(drift), V(cannot_log_in), V(rotating) for a rotation that has not come to its end,
              V(stale_consumer) and V(unknown).
          type: str
          returned: always
        next_action:
          description: What to do about it; empty where nothing is to be done.
          type: str
          returned: always
    secrets:
      description: One row for each key of another generated Secret with which something is wrong.
      returned: always
      type: list
      elements: dict
      contains:
        secret:
          description: The Secret.
          type: str
          returned: always
        key:
          description: Its key.
          type: str
          returned: always
        finding:
          description:
            - One of V(missing), V(empty), V(white_space), V(default) for what its chart ships to everybody, and V(unequal) for a
              value that differs from the same key elsewhere.
          type: str
          returned: always
        next_action:
          description: What to do about it.
          type: str
          returned: always
    lost_keys:
      description:
        - Keys of the other generated Secrets that the complete appliance had and that are gone or have another value, by the
          digests that its claim carries. Where there is one, the decision is V(refuse).
      returned: always
      type: list
      elements: dict
      contains:
        secret:
          description: The Secret.
          type: str
          returned: always
        key:
          description: The key.
          type: str
          returned: always
        loss:
          description: One of V(secret_gone), V(missing) and V(other).
          type: str
          returned: always
    not_compared:
      description: Why a copy could not be read; empty where all were.
      returned: always
      type: str
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.db_credentials import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
