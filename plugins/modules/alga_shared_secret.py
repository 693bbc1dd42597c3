#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_shared_secret."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_shared_secret
short_description: Create a generated Secret once
version_added: 0.1.0
description:
  - Creates a Secret with one random value if it does not exist, and never changes it afterwards.
  - Refuses to create it if the database's claim holds a complete appliance, because that appliance already had one.
  - The application needs C(alga-psa-shared) before it starts, and its chart does not create it.
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
      - The name of the database's claim begins with it.
    type: str
    default: alga-core-sebastian
  name:
    description:
      - Name of the Secret.
    type: str
    default: alga-psa-shared
  key:
    description:
      - Key of the generated value.
    type: str
    default: ALGA_AUTH_KEY
"""

EXAMPLES = r"""
---
- name: Create the shared key of the application
  alga.appliance.alga_shared_secret:
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
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials.shared_secret import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
