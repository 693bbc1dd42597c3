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

# Permissions that the kubeconfig's user needs

`make permissions` generates this page from `_core/permissions.py`; a test compares the two. Before anything else, each playbook
checks all of these permissions with the API server (SelfSubjectAccessReview) and reports everything that is missing at once.

| Playbook | Roles and ClusterRoles |
|---|---|
| status | `alga-appliance-look` |
| fresh, recover | `alga-appliance-look`, `alga-appliance-run` |
| rotate_credentials, complete_credentials, adopt_credentials, rescue_credentials, escrow_credentials | \
`alga-appliance-look`, `alga-appliance-credentials` |
| rebind_volumes | `alga-appliance-look`, `alga-appliance-rebind` |
| support_bundle | `alga-appliance-look`, `alga-appliance-support` |

If the appliance's namespace does not exist yet, nobody can have a Role in it: create it beforehand, with the PodSecurity labels
that the application needs, or run fresh.yml once as an administrator. If a chart renders kinds other than Secrets, ConfigMaps,
Services, PersistentVolumeClaims, Deployments, StatefulSets and Jobs, add them to `alga-appliance-run` too; the API server names
them.

Replace the namespace with that of your cluster, apply the following manifest with `kubectl apply`, and bind it to the user, here
a ServiceAccount:

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
