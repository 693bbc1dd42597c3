#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_shared_secret."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_shared_secret
short_description: Make a generated Secret once
version_added: 0.1.0
description:
  - Makes a Secret with one random key when it does not exist, and keeps it for ever when it does.
  - Refuses to make it where the database's claim holds a complete appliance, which had it.
  - The application needs C(alga-psa-shared) before it starts, and its chart does not make it.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._writing
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  fullname:
    description:
      - Name that the core chart gives to its objects; the database's claim begins with it.
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
- name: Make the shared key of the application
  alga.appliance.alga_shared_secret:
    kubeconfig: /etc/appliance/kubeconfig
"""

RETURN = r"""
---
state:
  description: State of the Secret, one of V(absent), V(partial), V(complete) and V(unknown).
  returned: when it is known
  type: str
  sample: complete
decision:
  description: One of V(create) and V(keep).
  returned: success
  type: str
  sample: keep
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.shared_secret import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
