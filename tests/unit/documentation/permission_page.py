# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/permissions.md from the permissions themselves; "make permissions" does it."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import yaml

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.permissions import Role, manifests, name

PAGE = Path(__file__).parents[3] / "docs/permissions.md"
HEAD = """<!--
SPDX-FileCopyrightText: 2026 The alga.appliance authors
SPDX-License-Identifier: GPL-3.0-or-later
-->

# What the kubeconfig's user must be allowed to do

`make permissions` writes this page from `_core/permissions.py`; a test compares the two. Before anything else each playbook asks
the API server about all of it at once (SelfSubjectAccessReview), and names everything that is missing in one sentence.

| Playbook | Roles and ClusterRoles |
|---|---|
| status | `alga-appliance-look` |
| fresh, recover | `alga-appliance-look`, `alga-appliance-run` |
| rotate_credentials, complete_credentials, adopt_credentials, rescue_credentials, escrow_credentials | \
`alga-appliance-look`, `alga-appliance-credentials` |
| rebind_volumes | `alga-appliance-look`, `alga-appliance-rebind` |

Where the appliance's namespace does not exist yet, nobody can have a Role in it: make it before, with the labels of PodSecurity
that the application needs, or let fresh.yml run once as an administrator. A chart that renders other kinds than Secrets,
ConfigMaps, Services, PersistentVolumeClaims, Deployments, StatefulSets and Jobs needs them in `alga-appliance-run` too; the API
server names them.

Write the namespace in as it is in your cluster, apply what follows with `kubectl apply`, and bind it to the user, here to a
ServiceAccount:

```shell
for role in look run; do
  kubectl --namespace msp create rolebinding "appliance-$role" --role="alga-appliance-$role" --serviceaccount=msp:appliance
done
kubectl --namespace local-path-storage create rolebinding appliance-look --role=alga-appliance-look --serviceaccount=msp:appliance
kubectl create clusterrolebinding appliance-look --clusterrole=alga-appliance-look --serviceaccount=msp:appliance
```

"""


class _Dumper(yaml.SafeDumper):
    """Lists are set in under their key, as the collection's other YAML has them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent, lists too."""
        super().increase_indent(flow, False)


def manifest() -> str:
    """Every Role and ClusterRole, as one file."""
    found = [each for role in Role for each in manifests(role, names.NAMESPACE)]
    return yaml.dump_all(found, Dumper=_Dumper, sort_keys=False, explicit_start=True)


def page() -> str:
    """The page as it has to be."""
    assert all(name(role) in HEAD for role in Role)
    return f"{HEAD}```yaml\n{manifest()}```\n"


def written() -> list[dict[str, t.Any]]:
    """The objects that the page holds."""
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return list(yaml.safe_load_all(block))


if __name__ == "__main__":
    PAGE.write_text(page())
