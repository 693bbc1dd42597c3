#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_appliance_info."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_appliance_info
short_description: Observe a whole appliance and report its health
version_added: 0.1.0
description:
  - Observes the release, the application, the database, the volumes and every copy of the passwords in the same way as the
    modules that change them, without waiting for anything.
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
  - alga.appliance._responding
  - alga.appliance._reading
attributes:
  diff_mode:
    support: full
    details:
      - Shows fingerprints of the password verifiers, computed with a key that is discarded.
options:
  sizes:
    description:
      - Expected sizes of the claims, by the section of the chart that uses them.
      - A smaller claim keeps its size and is reported.
    type: dict
    default: {}
  fail_on_drift:
    description:
      - Whether to fail if there is drift, for use in pipelines. Nothing is changed in that case.
    type: bool
    default: false
"""

EXAMPLES = r"""
---
- name: Report the health of the appliance
  alga.appliance.alga_appliance_info:
    kubeconfig: /etc/appliance/kubeconfig

- name: Fail if passwords differ between the Secret, PostgreSQL and its consumers
  alga.appliance.alga_appliance_info:
    kubeconfig: /etc/appliance/kubeconfig
    fail_on_drift: true
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
    - If the module fails, it is part of RV(msg), and empty if it cannot be separated from the rest of it.
  returned: always
  type: str
evidence:
  description: The facts behind the result, without secrets.
  returned: always
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
    shown:
      description: What the role C(status) prints. One sentence if the appliance is healthy, and a list of lines otherwise.
      returned: success
      type: raw
    application:
      description: State of the application, as reported by M(alga.appliance.alga_application) in check mode.
      returned: success
      type: str
    credentials:
      description:
        - The drift report, with the keys that the evidence of M(alga.appliance.alga_db_credentials) has.
        - In addition, C(state) is the state of the Secret, and C(decision) is V(refuse) if it and the data do not belong
          together.
      returned: success
      type: dict
    database:
      description: The facts about the database.
      returned: success
      type: dict
    volumes:
      description: The facts about claims, volumes and directories.
      returned: success
      type: dict
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.appliance_info import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
