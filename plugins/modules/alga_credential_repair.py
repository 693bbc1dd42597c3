#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_credential_repair."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_credential_repair
short_description: Complete, adopt or rescue the credentials of the database
version_added: 0.1.0
description:
  - Brings the Secret of the contract and the roles of PostgreSQL together again, where no other module does.
  - V(complete) generates what the Secret lacks, where the role does not exist yet and every other password is right.
  - V(adopt) takes a Secret whose every password is proved against PostgreSQL, and binds it to the data.
  - V(rescue) is for data whose passwords are lost. It makes the Secret or the keys that it lacks.
  - It then gives the roles the Secret's passwords through the socket in PostgreSQL's own pod, in one transaction and as verifiers
    that are computed on the controller.
  - Each looks, decides and looks again, so a run that is killed anywhere is finished by the next. Other data than is recorded
    for this appliance is refused.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._lease
  - alga.appliance._claims
  - alga.appliance._acting
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  action:
    description:
      - What is done; each is a playbook of its own.
    type: str
    choices: [complete, adopt, rescue]
    required: true
  source_secret:
    description:
      - Secret whose values V(adopt) takes.
      - Without it O(credentials_secret) itself is adopted.
    type: str
  release:
    description:
      - Helm release of the core chart, which the Secret belongs to.
    type: str
    default: alga-core
  confirm:
    description:
      - Namespace and name of the Secret, such as V(msp/db-credentials), to say that this appliance is meant.
    type: str
    default: ""
  patience:
    description:
      - Seconds without any progress after which a wait is given up.
    type: int
    default: 600
"""

EXAMPLES = r"""
---
- name: Give the roles new passwords after the Secret was lost
  alga.appliance.alga_credential_repair:
    kubeconfig: /etc/appliance/kubeconfig
    action: rescue
    confirm: msp/db-credentials
"""

RETURN = r"""
---
state:
  description: One of V(kept), V(repaired) and, in check mode, V(planned).
  returned: when it is known
  type: str
  sample: repaired
decision:
  description: The action, or V(keep) where nothing was to be done.
  returned: success
  type: str
  sample: rescue
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
    steps:
      description: What was done, in its order.
      returned: success
      type: list
      elements: str
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credential_repair import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
