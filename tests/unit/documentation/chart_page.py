# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/charts.md from what a chart check looks for; "make charts" does it."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.alga.appliance.plugins.module_utils._core.charts.rows import MEANINGS, Row

PAGE = Path(__file__).parents[3] / "docs/charts.md"
HEAD = """<!--
SPDX-FileCopyrightText: 2026 The alga.appliance authors
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Chart check

`make charts` generates this page from `_core/charts/rows.py`; a test compares the two.

`alga.appliance.check_charts` renders Helm charts with their values and checks them before anybody installs them. It changes
nothing and requires no cluster. An error means that the chart loses data, and the playbook fails. Everything else is a warning.

```yaml
# inventory.yml
appliances:
  hosts:
    workshop:
      alga_check_charts:
        - name: alga-core
          chart: ~/appliances/charts/sebastian
          values_files: [~/appliances/profiles/alga-core.yaml]
        - name: temporal
          chart: oci://registry.example.com/charts/temporal
          version: 0.1.0
        - name: redis
          chart: redis
          repository: https://charts.example.com
          values: {{auth: {{existingSecret: redis-credentials}}}}
  vars:
    ansible_connection: local
```

```shell
ansible-playbook -i inventory.yml alga.appliance.check_charts
```

- Charts of one appliance belong in one check: a Service or a Secret may come from another chart of the list. Put the core first.
  The other charts' password hashing is compared with that of the first.
- A Secret's value is judged only if a pod in one of the charts reads it. Values of Secrets are never shown.
- Each finding names the chart's file and the line of the rendered manifests. `helm template NAME CHART --skip-tests`, with the
  same values and namespace, prints those lines. Random values differ each time; lines do not.
- If `alga_kubeconfig` is set, Helm renders the charts as for an upgrade on that cluster, and the rows that mention a
  kubeconfig are checked against that cluster. The kubeconfig's user must be allowed to read Secrets, Services, Deployments,
  StatefulSets and DaemonSets in the namespace.
- Helm's own configuration applies: log in to a registry with `helm registry login` first.

`fresh` and `recover` check the core's chart too, as rendered for the run and before Helm changes anything, except for the rows
that require the other charts or the cluster. `fresh` refuses a chart with an error. `recover` reports it in
`core_result.evidence.faults` and continues: stopping would not help an appliance that already runs with the fault. A
Secret that belongs to a hook does not make them refuse, because the collection keeps a copy of it during each run of Helm.

{table}
"""


def page() -> str:
    """The page as it has to be."""
    rows = [f"| `{row}` | {row.severity} | {MEANINGS[row][0]} | {MEANINGS[row][1]} |" for row in Row]
    return HEAD.format(table="\n".join(["| Row | Severity | What is found | Why it matters |", "|---|---|---|---|", *rows]))


if __name__ == "__main__":
    PAGE.write_text(page())
