#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_bootstrap."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_bootstrap
short_description: Build the application database aside and publish it by one rename
version_added: 0.1.0
description:
  - Creates roles and databases, runs migrations and, where the seed gate opens, seeds.
  - Each runs in a Job from the image of the application.
  - Checks the result against the seed contract and publishes it with one rename.
  - A run that was killed anywhere leaves no application database; the next run drops what carries its own mark and starts again.
  - The Job outlives the controller; the next run watches it instead of starting another.
  - With V(recover), migrates a published database in place when it lacks migrations of the image.
  - Which migrations those are is read from the image itself.
  - With O(driver=chart) the Job of the chart does the work. The module makes and marks the database before, refuses where that
    Job would overwrite other passwords, keeps its log in a ConfigMap, and records what it did only after a look at the database.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._database
  - alga.appliance._claims
  - alga.appliance._seed_contract
  - alga.appliance._decision
  - alga.appliance._expectation
  - alga.appliance._release
  - alga.appliance._writing
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
options:
  chart:
    description:
      - Folder of the chart, for O(driver=chart).
    type: path
  script:
    description:
      - The program that runs the application's knex and takes secrets out of what it prints, run by C(node) in that image.
    type: str
    required: true
  seed_set:
    description:
      - Seeds of the first run; the Job of the chart runs V(dev) where C(setup.applianceBootstrap) is off.
    type: str
    choices: [dev, onboarding]
    default: onboarding
  job_environment:
    description:
      - Further environment variables of the collection's Job; no secrets.
    type: dict
    default: {}
  patience:
    description:
      - Seconds without any progress after which the wait is given up.
    type: int
    default: 600
"""

EXAMPLES = r"""
---
- name: Migrate the application database where its image was never migrated
  alga.appliance.alga_bootstrap:
    kubeconfig: /etc/appliance/kubeconfig
    mode: recover
    script: "{{ lookup('ansible.builtin.file', 'run.cjs') }}"
"""

RETURN = r"""
---
state:
  description: One state of the database ladder.
  returned: when it is known
  type: str
  sample: seeded
decision:
  description:
    - First step that was needed, such as V(build), V(watch), V(migrate) or V(nothing).
    - It is V(wait) in check mode while PostgreSQL does not run yet.
  returned: success
  type: str
  sample: nothing
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
