#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_application."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_application
short_description: Wait until the application responds and its release is complete
version_added: 0.1.0
description:
  - Waits until every Deployment and StatefulSet of the release is available and the application responds through its Service.
  - While waiting, reports what is missing and why.
  - In check mode, inspects once and waits for nothing.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._responding
  - alga.appliance._reading
  - alga.appliance._progress_timeout
options:
  fullname:
    description:
      - Name that the core chart gives to its objects.
      - The application's Deployment and Service have this name.
    type: str
    default: alga-core-sebastian
"""

EXAMPLES = r"""
---
- name: Wait until the application responds
  alga.appliance.alga_application:
    kubeconfig: /etc/appliance/kubeconfig
"""

RETURN = r"""
---
state:
  description:
    - One of V(waiting) and V(answering).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: answering
decision:
  description:
    - Always V(observe).
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: observe
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.release.application import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
