# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look for data on the nodes' storage paths: directories that may outlive every object that spoke of them (U1, R1, R2)."""

from __future__ import annotations

import itertools
import typing as t

from ..._core.errors import ObservationFailed
from ..._core.states import Reason
from ..._core.storage.storage import Directory
from ..._core.storage.storage_paths import is_config, own, places
from ..cluster import look
from ..cluster.kubernetes import KubernetesApi, path
from .volume_contents import INSIDE, facts

_STORAGE_GROUP = "/apis/storage.k8s.io/v1"
# The names that local-path-provisioner's classes are served under: its own, its chart's, a distribution's.
_PROVISIONER = "local-path"
# Data is known by what it is, at any depth, and a claim's directory by its name. What is another namespace's by the provisioner's
# own form of a name is left alone. A file that vanishes meanwhile fails a look, so there are three.
_LOOK = f"""
{INSIDE}
hits() {{
    set -- "$1" '(' -name PG_VERSION -o -name pg_control
    for claim in $CLAIMS; do set -- "$@" -o -type d -name "*$claim"; done
    find "$@" ')' -print
}}
shown() {{
    place=${{1#/volume}}
    place=${{place#/}}
    printf 'directory\\t%s\\n' "${{place:-.}}"
    inside "$1"
}}
ls -A /volume >/dev/null
if [ -e /volume/PG_VERSION ]; then shown /volume; fi
for top in /volume/* /volume/.[!.]*; do
    if [ ! -d "$top" ]; then continue; fi
    case ${{top#/volume/}} in
    *"$NAMESPACE"*) ;;
    pvc-*_*_*) continue ;;
    esac
    found=$(hits "$top" || hits "$top" || hits "$top")
    while IFS= read -r each; do
        case $each in
        '' | */base/[0-9]*/PG_VERSION | */PG_[0-9]*_*/[0-9]*/PG_VERSION) continue ;;
        */PG_VERSION) each=${{each%/PG_VERSION}} ;;
        */global/pg_control) each=${{each%/global/pg_control}} ;;
        */pg_control) continue ;;
        esac
        # On its volume it is below data/, or in the root.
        shown "${{each%/data}}"
    done <<FOUND
$found
FOUND
done
echo {look.END}
"""


def directories(
    api: KubernetesApi, namespace: str, claims: t.Sequence[str], image: str, others: t.Collection[str]
) -> tuple[Directory, ...]:
    """Look at every path that a local-path-provisioner of the cluster may have used, on every node.

    :param image: image with ``sh`` and ``find`` for a short pod that mounts the path read-only.
    :param others: paths of the volumes that claims other than the appliance's speak of.
    :raises ObservationFailed: when a path could not be found out or looked at; nothing is known then.
    """
    nodes = [node["metadata"]["name"] for node in api.items(path("nodes"))]
    found: list[Directory] = []
    seen = set()
    for home, name, text in _configs(api):
        for node, place in _places(home, name, text, nodes):
            if (node, place) not in seen:
                seen.add((node, place))
                looked = _look(api, node, place, home=home, namespace=namespace, claims=claims, image=image)
                found += own(looked, place, namespace, claims, others)
    return tuple(found)


def _configs(api: KubernetesApi) -> list[tuple[str, str, str]]:
    """Every configuration of such a provisioner, with its ConfigMap's namespace and name: k3s keeps it in kube-system (R2).

    :raises ObservationFailed: when there are StorageClasses of one, and no configuration tells where it keeps its volumes.
    """
    found = [
        (item["metadata"]["namespace"], item["metadata"]["name"], text)
        for item in api.items(path("configmaps"))
        for text in (item.get("data") or {}).values()
        if is_config(text)
    ]
    classes = [] if found else api.items(path("storageclasses", group=_STORAGE_GROUP))
    orphaned = [f"{each['metadata']['name']} ({each['provisioner']})" for each in classes if _PROVISIONER in each["provisioner"]]
    if orphaned:
        raise ObservationFailed(
            f"Could not determine the storage path of StorageClass {', '.join(orphaned)}: no ConfigMap in any namespace "
            "contains a configuration of local-path-provisioner (nodePathMap or sharedFileSystemPath, as JSON). The "
            "directories on the nodes could not be inspected.",
            reason=Reason.LOOK_FAILED,
            next_action="Restore the provisioner's ConfigMap, or delete the StorageClass if the provisioner was removed "
            "permanently and its path on the nodes is empty. Then run the same playbook again.",
        )
    return found


def _places(home: str, name: str, text: str, nodes: t.Sequence[str]) -> list[tuple[str, str]]:
    try:
        return places(text, nodes)
    except ValueError as error:
        raise ObservationFailed(
            f"Could not determine the storage path: ConfigMap {home}/{name} has no readable nodePathMap ({error}).",
            reason=Reason.LOOK_FAILED,
            next_action="Correct that ConfigMap, then run the same playbook again.",
        ) from error


def _look(
    api: KubernetesApi, node: str, place: str, *, home: str, namespace: str, claims: t.Sequence[str], image: str
) -> t.Iterator[Directory]:
    what = f"{place} on node {node}"
    seen = look.run(
        api,
        look.Look(
            what=what,
            # The provisioner's own pods mount the path there.
            namespace=home,
            image=image,
            script=_LOOK,
            environment={"NAMESPACE": namespace, "CLAIMS": " ".join(claims)},
            node=node,
            volume={"hostPath": {"path": place}},
            fix=f"Check that alga_helper_image {image} can be pulled and that namespace {home} allows hostPath volumes.",
        ),
    )
    starts = [number for number, line in enumerate(seen.lines) if line.startswith("directory\t")]
    for start, end in itertools.pairwise([*starts, len(seen.lines)]):
        relative = seen.lines[start].partition("\t")[2]
        yield Directory(path=relative, claim="", node=node, **facts(seen.lines[start + 1 : end], what))
