#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_startup_gate."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_startup_gate
short_description: Add the startup gate to the application
version_added: 0.1.0
description:
  - Adds the startup gate, an init container, to the Deployment by server-side apply.
  - The startup gate holds back every start of the application until the database is published and migrated.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._database
  - alga.appliance._writing
options:
  fullname:
    description:
      - Name that the core chart gives to its objects.
      - The application's Deployment has this name.
    type: str
    default: alga-core-sebastian
"""

EXAMPLES = r"""
---
- name: Add the startup gate to the application
  alga.appliance.alga_startup_gate:
    kubeconfig: /etc/appliance/kubeconfig
"""

RETURN = r"""
---
state:
  description:
    - One of V(absent), V(gated) and V(open).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: gated
decision:
  description:
    - One of V(gate) and V(keep).
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.release.startup_gate import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
