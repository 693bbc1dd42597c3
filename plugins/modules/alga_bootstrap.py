#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_bootstrap."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_bootstrap
short_description: Build the application database and publish it atomically
version_added: 0.1.0
description:
  - Creates roles and databases, runs the migrations and, if the seed gate is open, the seeds.
  - Migrations and seeds each run in a Job that uses the application's image.
  - Builds the database under another name, checks it against the seed contract, and publishes it with a single rename.
  - An interrupted run leaves no application database. The next run drops the unfinished one, which carries the collection's own
    mark, and starts over.
  - The Job outlives the controller. The next run watches it instead of starting another one.
  - With O(mode=recover), migrates a published database in place if it lacks migrations of the image.
  - Reads the list of migrations from the image itself.
  - With O(driver=chart), the chart's own Job does the work. The module creates and marks the database beforehand, refuses if
    the Job would overwrite other passwords, keeps its log in a ConfigMap, and records the result only after inspecting the
    database.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._lease
  - alga.appliance._database
  - alga.appliance._claims
  - alga.appliance._seed_contract
  - alga.appliance._decision
  - alga.appliance._expectation
  - alga.appliance._release
  - alga.appliance._writing
  - alga.appliance._progress_timeout
options:
  chart:
    description:
      - Directory of the chart.
      - Required with O(driver=chart).
    type: path
  seed_set:
    description:
      - Seeds for the first run. The chart's Job runs V(dev) if the chart value C(setup.applianceBootstrap) is off.
    type: str
    choices: [dev, onboarding]
    default: onboarding
  job_environment:
    description:
      - Additional environment variables for the collection's Jobs. Must not contain secrets.
    type: dict
    default: {}
"""

EXAMPLES = r"""
---
- name: Migrate the application database to the application's image
  alga.appliance.alga_bootstrap:
    kubeconfig: /etc/appliance/kubeconfig
    mode: recover
"""

RETURN = r"""
---
state:
  description:
    - State of the database, as listed for the option O(alga.appliance.alga_pg_state#module:expect).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: seeded
decision:
  description:
    - First step that was needed, such as V(build), V(watch), V(migrate) or V(nothing).
    - In check mode, V(wait) if PostgreSQL is not running yet.
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: nothing
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
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap.bootstrap import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
