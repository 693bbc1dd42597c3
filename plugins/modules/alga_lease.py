#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Documentation and wiring of alga.appliance.alga_lease."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: alga_lease
short_description: Allow only one play at a time to change an appliance
version_added: 0.1.0
description:
  - Acquires or releases the Lease C(alga-appliance) in the namespace of the appliance.
  - While another holder is alive, the module waits. After O(wait_timeout) seconds it refuses and names that holder.
  - A Lease is taken over if the module has itself observed no heartbeat of the holder for 15 seconds and no session holds the
    advisory lock in the appliance's PostgreSQL.
  - On a local connection, the Lease is renewed until the play ends or releases it, also between tasks. On other connections it
    is renewed only while a module with the option O(ignore:lease) runs, and expires if the time between two such tasks is too
    long.
author:
  - The alga.appliance authors (@alga-appliance)
extends_documentation_fragment:
  - alga.appliance._module
  - alga.appliance._cluster
  - alga.appliance._database
  - alga.appliance._writing
attributes:
  idempotent:
    support: partial
    details:
      - Without O(holder), V(acquired) creates a new holder each time, and the second holder waits for the first.
notes:
  - The kubeconfig's user needs the verbs C(get), C(create) and C(patch) on C(leases) in the API group C(coordination.k8s.io).
options:
  state:
    description:
      - V(acquired) acquires the Lease for a new holder, or keeps it if O(holder) already holds it.
      - V(released) releases the Lease if O(holder) still holds it, and does nothing otherwise.
    type: str
    choices: [acquired, released]
    required: true
  holder:
    description:
      - Holder of the Lease.
      - If not set with O(state=acquired), a name is generated from user, host, O(playbook), time and a random part.
      - Required with O(state=released).
    type: str
  playbook:
    description:
      - What runs under the Lease, shown to people as part of the holder's name.
    type: str
    default: a task of its own
  absent_namespace:
    description:
      - What O(state=acquired) does if the namespace does not exist, in which case nobody can hold the Lease.
      - With V(accept), nothing is acquired, RV(state) is V(no_namespace), and RV(evidence) does not contain C(lease).
    type: str
    choices: [refuse, accept]
    default: refuse
  wait_timeout:
    description:
      - Maximum number of seconds to wait while another holder is alive.
    type: int
    default: 600
"""

EXAMPLES = r"""
---
- name: Acquire the Lease of the appliance, or fail and name its holder
  alga.appliance.alga_lease:
    kubeconfig: /etc/appliance/kubeconfig
    state: acquired
    playbook: nightly backup
    wait_timeout: 30
  register: appliance_lease

- name: Change something while holding the Lease
  alga.appliance.alga_shared_secret:
    kubeconfig: /etc/appliance/kubeconfig
    lease: "{{ appliance_lease.evidence.lease | default('') }}"

- name: Release the Lease
  alga.appliance.alga_lease:
    kubeconfig: /etc/appliance/kubeconfig
    state: released
    holder: "{{ appliance_lease.evidence.lease }}"
  when: appliance_lease.evidence.lease is defined
"""

RETURN = r"""
---
state:
  description:
    - State in which the Lease was found, one of V(free), V(ours), V(held), V(silent), V(stale) and V(no_namespace).
    - Null if the module fails before it is known.
  returned: always
  type: str
  sample: free
decision:
  description:
    - One of V(acquire), V(take_over), V(keep), V(wait) and V(release).
    - If the module fails, V(refuse) if it refused to act, and V(fail) otherwise.
  returned: always
  type: str
  sample: acquire
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
  description:
    - The facts behind the result, without secrets.
    - C(lease) is the holder's name, present only if this run acquired the Lease. C(held_by) is the previous holder.
  returned: always
  type: dict
drift:
  description: Whether the actual state differs from the expected state. Null if the module fails.
  returned: always
  type: bool
"""

from ansible_collections.alga.appliance.plugins.module_utils import _module
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.lease.lease import USE_CASE


def main() -> None:
    """Run the use case."""
    _module.main(USE_CASE)


if __name__ == "__main__":
    main()
