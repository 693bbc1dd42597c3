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
  - Renders the chart on the server and runs helm only if the release, the rendered manifests or the live objects differ.
  - Detects deleted objects and changed replica counts, which a comparison of values and versions does not.
  - Keeps the log of the chart's bootstrap Job before helm deletes it, and never deletes a running bootstrap Job.
  - Refuses rendered manifests that would own a claim, run their own bootstrap or change the database credentials.
  - Inspects the database's volume before PostgreSQL is started on it, and refuses data that initdb did not finish or that
    belongs to a different major version than the image.
  - Refuses an application image that lacks migrations already applied to the database.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._database
  - alga.appliance._release
  - alga.appliance._writing
options:
  chart:
    description:
      - Directory of the chart.
    type: path
    required: true
  fullname:
    description:
      - Name that the core chart gives to its objects.
      - The claims passed to it as C(existingClaim) begin with this name.
    type: str
    default: alga-core-sebastian
  application:
    description:
      - V(keep) leaves the application unchanged, with no replicas as long as it has no startup gate.
      - V(run) sets the number of replicas to that in O(values), or to one.
    type: str
    choices: [keep, run]
    default: keep
  mode:
    description:
      - Whether to install a new appliance or to recover an existing one.
      - The chart gets it as its bootstrap mode.
    type: str
    choices: [fresh, recover]
    default: recover
"""

EXAMPLES = r"""
---
- name: Bring the release up to date without changing the application
  alga.appliance.alga_release:
    kubeconfig: /etc/appliance/kubeconfig
    chart: /srv/charts/sebastian
    application: keep
    mode: recover
"""

RETURN = r"""
---
state:
  description:
    - Status of the release as reported by helm, or V(absent).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: deployed
decision:
  description:
    - One of V(upgrade) and V(keep).
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.release.release import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
