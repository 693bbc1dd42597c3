#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_completion."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_completion
short_description: Record that the appliance is complete and which data it has
version_added: 0.1.0
description:
  - Records on the database's claim that the first run is complete, and on the claim and the Secret which data they belong to.
  - Both also get digests of the generated keys, from which the loss of a key is detected.
  - An appliance is complete if the application responds and the database is in the expected state, which this module does not
    check.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._writing
options:
  fullname:
    description:
      - Name that the core chart gives to its objects.
      - The database's claim has this name followed by C(-postgres-data).
    type: str
    default: alga-core-sebastian
  credentials_secret:
    description:
      - Secret that contains the passwords of the database roles.
    type: str
    default: db-credentials
  system_identifier:
    description:
      - System identifier of the PostgreSQL data.
    type: str
    required: true
seealso:
  - module: alga.appliance.alga_application
  - module: alga.appliance.alga_pg_state
"""

EXAMPLES = r"""
---
- name: Wait until the application responds
  alga.appliance.alga_application:
    kubeconfig: /etc/appliance/kubeconfig

- name: Check the state of the database
  alga.appliance.alga_pg_state:
    kubeconfig: /etc/appliance/kubeconfig
    expect: [migrated, seeded]
  register: database

- name: Record that the appliance is complete
  alga.appliance.alga_completion:
    kubeconfig: /etc/appliance/kubeconfig
    system_identifier: "{{ database.evidence.system_identifier }}"
"""

RETURN = r"""
---
state:
  description:
    - Whether the record was found, one of V(recorded) and V(unrecorded).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: recorded
decision:
  description:
    - One of V(record) and V(keep).
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
    claim:
      description: Name of the database's claim.
      returned: success
      type: str
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.storage.completion import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
