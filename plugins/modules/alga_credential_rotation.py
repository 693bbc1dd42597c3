#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_credential_rotation."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_credential_rotation
short_description: Rotate database role passwords and restart their consumers
version_added: 0.1.0
description:
  - Stores a new password, sets it on the role as a verifier computed on the controller, writes it to the Secret, keeps the
    earlier passwords, and restarts every consumer that was started with the old password.
  - Derives each step from the password that the role's verifier matches. The next run completes an interrupted rotation and
    does not start a second rotation of the same role.
  - Refuses a role whose verifier matches no known password, because somebody else has changed it.
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
  roles:
    description:
      - Roles whose passwords are rotated.
    type: list
    elements: str
    choices: [postgres, app_user, app_user_pgbouncer, hocuspocus_user]
    default: [postgres, app_user, app_user_pgbouncer, hocuspocus_user]
  confirm:
    description:
      - Namespace and name of the Secret, such as V(msp/db-credentials), to confirm that this is the intended appliance.
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: Rotate the password of the application's role
  alga.appliance.alga_credential_rotation:
    kubeconfig: /etc/appliance/kubeconfig
    roles: [app_user]
    confirm: msp/db-credentials
"""

RETURN = r"""
---
state:
  description:
    - One of V(rotated) and, in check mode, V(planned).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: rotated
decision:
  description:
    - One of V(rotate) and V(keep).
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: rotate
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
    roles:
      description: The requested roles.
      returned: success
      type: list
      elements: str
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials.credential_rotation import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
