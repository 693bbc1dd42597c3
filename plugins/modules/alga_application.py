#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_application."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_application
short_description: Hold the application behind its gate and prove that it answers
version_added: 0.1.0
description:
  - Adds an init container to the Deployment by server-side apply.
  - It holds every start until the database is published and migrated.
  - Waits until every Deployment and StatefulSet of the release is available and the application answers through its Service.
  - Says what is missing, and why, while it is not so.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._writing
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  step:
    description:
      - V(gate) adds the init container.
      - V(answer) waits for the release and its application.
    type: str
    choices: [gate, answer]
    required: true
  release:
    description:
      - Helm release whose workloads are waited for.
    type: str
    default: alga-core
  fullname:
    description:
      - Name that the core chart gives to the Deployment of the application and to its Service.
    type: str
    default: alga-core-sebastian
  script:
    description:
      - The program of the gate; needed by V(gate).
    type: str
  service:
    description:
      - Service of PostgreSQL.
    type: str
    default: db
  credentials_secret:
    description:
      - Secret with the password of the application's role.
    type: str
    default: db-credentials
  port:
    description:
      - Port of the application's Service.
    type: int
    default: 3000
  page:
    description:
      - Path that must answer.
    type: str
    default: /auth/signin
  patience:
    description:
      - Seconds without any progress after which the wait is given up.
    type: int
    default: 600
"""

EXAMPLES = r"""
---
- name: Wait until the application answers
  alga.appliance.alga_application:
    kubeconfig: /etc/appliance/kubeconfig
    step: answer
"""

RETURN = r"""
---
state:
  description: One of V(absent), V(gated), V(open), V(waiting) and V(answering).
  returned: when it is known
  type: str
  sample: answering
decision:
  description: One of V(gate), V(keep) and V(observe).
  returned: success
  type: str
  sample: observe
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
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.application import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
