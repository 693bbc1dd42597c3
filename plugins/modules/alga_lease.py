#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_lease."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_lease
short_description: Let one play at a time change an appliance
version_added: 0.1.0
description:
  - Acquires the Lease C(alga-appliance) in the namespace of the appliance, or gives it back.
  - While another holder is alive the module waits, and at the end of its patience it refuses and names that holder.
  - A holder is gone when its heartbeat has stood still for 15 seconds under this module's own eyes and no session holds the
    advisory lock of the appliance's PostgreSQL; then the Lease is taken over.
  - On a local connection the Lease is renewed until the play ends or gives it back, also between tasks. Elsewhere it is
    renewed while a module with its option O(ignore:lease) works, and a longer time between two such tasks lets it lapse.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._writing
attributes:
  idempotent:
    support: partial
    details:
      - Without O(holder), V(acquire) makes a new holder each time, and a second one waits for the first.
notes:
  - On a local connection the work is done in the process of the controller, without starting a new Python.
  - The user of the kubeconfig needs the verbs C(get), C(create) and C(patch) for C(leases) in the group C(coordination.k8s.io).
options:
  step:
    description:
      - V(acquire) takes the Lease for a new holder, or keeps it where O(holder) holds it.
      - V(release) gives it back where O(holder) still holds it, and leaves it alone otherwise.
    type: str
    choices: [acquire, release]
    required: true
  holder:
    description:
      - Who holds the Lease.
      - With O(step=acquire), a name is made of user, host, O(playbook), time and a random part when this is not set.
      - Required with O(step=release).
    type: str
  playbook:
    description:
      - What runs under the Lease, for the people who read its holder.
    type: str
    default: a task of its own
  absent_namespace:
    description:
      - What to do with O(step=acquire) where the namespace does not exist, in which case nobody can hold the Lease.
      - With V(accept) nothing is acquired, RV(state) is V(no_namespace) and C(lease) is not in RV(evidence).
    type: str
    choices: [refuse, accept]
    default: refuse
  patience:
    description:
      - Seconds in total to wait while another holder is alive.
    type: int
    default: 600
"""

EXAMPLES = r"""
---
- name: Hold the Lease of the appliance, or refuse and say who does
  alga.appliance.alga_lease:
    kubeconfig: /etc/appliance/kubeconfig
    step: acquire
    playbook: nightly backup
    patience: 30
  register: appliance_lease

- name: Change something under it
  alga.appliance.alga_shared_secret:
    kubeconfig: /etc/appliance/kubeconfig
    lease: "{{ appliance_lease.evidence.lease | default('') }}"

- name: Give it back
  alga.appliance.alga_lease:
    kubeconfig: /etc/appliance/kubeconfig
    step: release
    holder: "{{ appliance_lease.evidence.lease }}"
  when: appliance_lease.evidence.lease is defined
"""

RETURN = r"""
---
state:
  description: How the Lease was found, one of V(free), V(ours), V(held), V(silent), V(stale) and V(no_namespace).
  returned: when it is known
  type: str
  sample: free
decision:
  description: One of V(acquire), V(take_over), V(keep), V(wait) and V(release).
  returned: success
  type: str
  sample: acquire
msg:
  description: What was tried, on what, what was seen and, where something is to be done, what to do next.
  returned: always
  type: str
next_action:
  description: The one next action; empty when nothing is to be done.
  returned: success
  type: str
evidence:
  description:
    - The facts behind the answer, without secrets.
    - C(lease) is the holder that this run became, and is there only where it did. C(held_by) is who held it before.
  returned: always
  type: dict
drift:
  description: Whether a contract and reality differ.
  returned: success
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.lease import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
