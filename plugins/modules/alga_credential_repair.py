#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_credential_repair."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_credential_repair
short_description: Complete, adopt or rescue the database credentials
version_added: 0.1.0
description:
  - Restores agreement between the credentials Secret and the PostgreSQL roles in cases that no other module handles.
  - V(complete) generates missing keys of the Secret, provided that their roles do not exist yet and every other password is
    correct.
  - V(adopt) takes over a Secret after verifying each of its passwords against PostgreSQL, and binds it to the data.
  - V(rescue) is for data whose passwords are lost. It creates the Secret, or the keys that it lacks.
  - It then sets the roles' passwords to those in the Secret, through the local socket in the PostgreSQL pod, in one
    transaction, and only as verifiers computed on the controller.
  - Each action observes, decides and observes again, so that the next run completes an interrupted one. It refuses data other
    than the data recorded for this appliance.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._lease
  - alga.appliance._claims
  - alga.appliance._acting
  - alga.appliance._progress_timeout
options:
  action:
    description:
      - The action to perform. Each action also has its own playbook.
    type: str
    choices: [complete, adopt, rescue]
    required: true
  source_secret:
    description:
      - Secret whose values V(adopt) takes over.
      - If not set, O(credentials_secret) itself is adopted.
    type: str
  release:
    description:
      - Name of the Helm release.
      - The Secret belongs to it.
    type: str
    default: alga-core
  confirm:
    description:
      - Namespace and name of the Secret, such as V(msp/db-credentials), to confirm that this is the intended appliance.
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: Set new role passwords after the Secret was lost
  alga.appliance.alga_credential_repair:
    kubeconfig: /etc/appliance/kubeconfig
    action: rescue
    confirm: msp/db-credentials
"""

RETURN = r"""
---
state:
  description:
    - One of V(kept), V(repaired) and, in check mode, V(planned).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: repaired
decision:
  description:
    - The action, or V(keep) if nothing needed to be done.
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: rescue
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
    steps:
      description: The steps that were performed, in order.
      returned: success
      type: list
      elements: str
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials.credential_repair import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
