#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_application."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_application
short_description: Add the startup gate to the application and verify that the application responds
version_added: 0.1.0
description:
  - Adds the startup gate, an init container, to the Deployment by server-side apply.
  - The startup gate holds back every start of the application until the database is published and migrated.
  - Waits until every Deployment and StatefulSet of the release is available and the application responds through its Service.
  - While waiting, reports what is missing and why.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._database
  - alga.appliance._writing
  - alga.appliance._patience
options:
  step:
    description:
      - V(gate) adds the startup gate.
      - V(answer) waits until the release is available and the application responds.
    type: str
    choices: [gate, answer]
    required: true
  release:
    description:
      - Name of the Helm release.
      - The module waits for its workloads.
    type: str
    default: alga-core
  fullname:
    description:
      - Name that the core chart gives to its objects.
      - The application's Deployment and Service have this name.
    type: str
    default: alga-core-sebastian
  script:
    description:
      - Program of the startup gate.
      - The collection's own is C(gate.cjs) in the files of its role C(application).
      - Required with O(step=gate).
    type: str
  port:
    description:
      - Port of the application's Service.
    type: int
    default: 3000
  page:
    description:
      - URL path that must respond.
    type: str
    default: /auth/signin
"""

EXAMPLES = r"""
---
- name: Add the startup gate to the application
  alga.appliance.alga_application:
    kubeconfig: /etc/appliance/kubeconfig
    step: gate
    script: "{{ lookup('ansible.builtin.file', 'gate.cjs') }}"

- name: Wait until the application responds
  alga.appliance.alga_application:
    kubeconfig: /etc/appliance/kubeconfig
    step: answer
"""

RETURN = r"""
---
state:
  description:
    - One of V(absent), V(gated), V(open), V(waiting) and V(answering).
  returned: success; on failure, if it is known
  type: str
  sample: answering
decision:
  description:
    - One of V(gate), V(keep) and V(observe).
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
    - If the module fails, it is also part of RV(msg).
  returned: success; on failure, if it is known apart from RV(msg)
  type: str
evidence:
  description: The facts behind the result, without secrets.
  returned: success; on failure, if there is any
  type: dict
drift:
  description: Whether the actual state differs from the expected state.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.release.application import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
