#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_credential_rotation."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_credential_rotation
short_description: Give roles new passwords, and everything that uses them
version_added: 0.1.0
description:
  - Writes a new password down, gives it to the role as a verifier that is computed on the controller, puts it into the Secret,
    whose earlier passwords are kept, and restarts what was started with the old one.
  - Each step follows from which password the role's verifier belongs to. A run that is killed anywhere is finished by the next,
    which begins no second rotation of the same role.
  - Refuses a role whose verifier belongs to no password that is known, because then somebody else changed it.
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
  roles:
    description:
      - Roles that get a new password.
    type: list
    elements: str
    choices: [postgres, app_user, app_user_pgbouncer, hocuspocus_user]
    default: [postgres, app_user, app_user_pgbouncer, hocuspocus_user]
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
- name: Give the application's role a new password
  alga.appliance.alga_credential_rotation:
    kubeconfig: /etc/appliance/kubeconfig
    roles: [app_user]
    confirm: msp/db-credentials
"""

RETURN = r"""
---
state:
  description: One of V(rotated) and, in check mode, V(planned).
  returned: when it is known
  type: str
  sample: rotated
decision:
  description: One of V(rotate) and V(keep).
  returned: success
  type: str
  sample: rotate
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
    roles:
      description: The roles that were asked for.
      returned: success
      type: list
      elements: str
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credential_rotation import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
