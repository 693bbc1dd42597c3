#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_release."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_release
short_description: Bring the Helm release of the core chart up to date
version_added: 0.1.0
description:
  - Renders the chart on the server and runs helm only where the release, the rendering or the live objects differ.
  - Sees deleted objects and changed replicas, which a comparison of values and versions does not.
  - Keeps the log of the bootstrap Job of the chart before helm deletes it, and never deletes one that is at work.
  - Refuses a rendering that would own a claim, run its own bootstrap or change the database credentials.
  - Looks into the volume of the database before PostgreSQL is started on it, and refuses data that initdb did not finish or
    that belongs to another major version than the image.
  - Refuses an application image that lacks migrations which the database has.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._database
  - alga.appliance._release
  - alga.appliance._writing
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  chart:
    description:
      - Folder of the chart.
    type: path
    required: true
  fullname:
    description:
      - Name that the chart gives to its objects; the claims handed to it as C(existingClaim) begin with it.
    type: str
    default: alga-core-sebastian
  application:
    description:
      - V(keep) leaves the application as it is, and at no replicas while it has no gate in front of it.
      - V(run) gives it the replicas that O(values) names, or one.
    type: str
    choices: [keep, run]
    default: keep
  mode:
    description:
      - Bootstrap mode that the chart is told.
    type: str
    choices: [fresh, recover]
    default: recover
"""

EXAMPLES = r"""
---
- name: Bring the release up to date with the application as it is
  alga.appliance.alga_release:
    kubeconfig: /etc/appliance/kubeconfig
    chart: /srv/charts/sebastian
    application: keep
    mode: recover
"""

RETURN = r"""
---
state:
  description: Status of the release as helm has it, or V(absent).
  returned: when it is known
  type: str
  sample: deployed
decision:
  description: One of V(upgrade) and V(keep).
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.release import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
