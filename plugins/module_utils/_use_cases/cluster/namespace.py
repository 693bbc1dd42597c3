# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_namespace: the appliance's namespace, with the pod security level that its pods need."""

from __future__ import annotations

from ..._adapters.cluster.api_answers import Conflict
from ..._adapters.cluster.kubernetes import KubernetesApi, path
from ..._core import names
from ..._core.errors import Refused
from ..._core.results import build
from .._context import Result, Run, UseCase, cluster
from .._options import Cluster

# The application's pod uses the host's network, which every stricter level forbids (contract, Namespaces).
LABELS = {f"pod-security.kubernetes.io/{level}": "privileged" for level in ("enforce", "audit", "warn")}


def perform(options: Cluster, run: Run) -> Result:
    """Create the namespace when it does not exist; one that exists is left as it is."""
    where = f"Namespace {options.namespace}"
    with cluster(options) as api:
        absent = ensure(api, options.namespace, check_mode=run.check_mode)
    return build(
        state="absent" if absent else "present",
        decision="create" if absent else "keep",
        message=f"{where} did not exist; it is created." if absent else f"{where} exists; it is left unchanged.",
        changed=absent,
        diff={"before": "", "after": f"{where}\n"} if run.diff and absent else None,
    )


def ensure(api: KubernetesApi, name: str, *, check_mode: bool) -> bool:
    """Create a namespace when it does not exist; tells whether it did not.

    :raises Refused: when it is being deleted, with all that will be in it.
    """
    absent = not _stays(api, name)
    return _create(api, name) if absent and not check_mode else absent


def _stays(api: KubernetesApi, name: str) -> bool:
    """Whether a namespace exists.

    :raises Refused: when it is being deleted.
    """
    found = api.get(path("namespaces", name=name))
    if found is not None and found["metadata"].get("deletionTimestamp"):
        raise Refused(
            f"Namespace {name} is being deleted, and nothing can be created in it. Nothing was changed here. Wait until it is "
            "deleted; its conditions (kubectl get namespace -o yaml) name what delays that; then run the same playbook again."
        )
    return found is not None


def _create(api: KubernetesApi, name: str) -> bool:
    """Create the namespace; false when another run was faster, and then it exists as this one wanted it (F20)."""
    metadata = {"name": name, "labels": {**LABELS, names.MANAGED_BY_LABEL: names.FIELD_MANAGER}}
    try:
        api.create(path("namespaces"), {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    except Conflict:
        if not _stays(api, name):
            raise
        return False
    return True


USE_CASE = UseCase("alga_namespace", Cluster, perform, states=("absent", "present"))
