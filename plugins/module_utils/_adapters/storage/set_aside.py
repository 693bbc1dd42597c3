# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Move a data directory aside that a first run's killed initdb left behind, so that the run can start again (F35)."""

from __future__ import annotations

from ..._core import names
from ..._core.errors import Refused
from ..._core.storage.contents import INITIAL_DATABASES
from ..clock import wait_until
from ..cluster import look
from ..cluster.kubernetes import APPS, KubernetesApi, path
from .claim_users import stateful_sets, users
from .volume_contents import HOST_RULES

STOP_SECONDS = 120.0
# Looks again itself, with nobody else on the volume: what was seen from outside may be old by now. A rename keeps every byte,
# and is done or not done wherever the pod is killed.
_MOVE = f"""{HOST_RULES}
data=/volume/data
ls -A "$data" >/dev/null
if [ -e "$data/global/pg_control" ]; then
    count=0
    for each in "$data"/base/[0-9]*; do
        if [ -d "$each" ]; then count=$((count + 1)); fi
    done
    if [ "$count" -ge {INITIAL_DATABASES} ]; then
        hosts=$(host_rules "$data/pg_hba.conf")
        if [ "$hosts" != 0 ]; then
            echo "it has global/pg_control, $count databases and rules for other hosts, so initdb may have finished"
            exit 1
        fi
    fi
fi
for each in "$data"/pg_tblspc/*; do
    if [ -e "$each" ] || [ -L "$each" ]; then
        echo 'it has tablespaces, which initdb does not create'
        exit 1
    fi
done
number=1
while [ -e "/volume/data.half-initialised-$RUN-$number" ]; do number=$((number + 1)); done
mv "$data" "/volume/data.half-initialised-$RUN-$number"
echo "data.half-initialised-$RUN-$number"
echo {look.END}
"""


def set_aside(api: KubernetesApi, namespace: str, claim: str, image: str, run: str) -> str:
    """Stop the database and rename its half-initialised ``data`` on the claim's volume; nothing is ever deleted.

    Only where the claim itself says that this first run of the collection began on it and has not ended, and only where
    initdb, or what its image does after it, did not come to its end: without ``global/pg_control`` no PostgreSQL ever ran
    there, with fewer databases than initdb makes the application's cannot be among them, and where no other host is let in no
    Job and no application ever wrote. The StatefulSet is left at no replicas; the release brings it back.

    :param image: any image with ``sh``.
    :param run: the run's id, as the claim's annotation has it.
    :returns: the directory's new name on the volume.
    :raises Refused: when the claim is not this run's, before anything was touched.
    :raises ObservationFailed: when the directory is not one that may be moved, or could not be; it is where it was.
    """
    where = f"PersistentVolumeClaim {namespace}/{claim}"
    found = api.get(path("persistentvolumeclaims", namespace, claim)) or {"metadata": {}}
    annotations = found["metadata"].get("annotations") or {}
    if not run or (annotations.get(names.STATE_ANNOTATION), annotations.get(names.RUN_ANNOTATION)) != (names.INITIALIZING, run):
        raise Refused(
            f"Could not move the data directory on {where} aside for first run {run}: the claim does not show that this run "
            "started there and is unfinished. Nothing was changed. Inspect the volume by hand."
        )
    _stop(api, namespace, claim)
    seen = look.run(
        api,
        look.Look(
            what=f"the half-initialised data on {where}",
            namespace=namespace,
            image=image,
            script=_MOVE,
            environment={"RUN": run},
            volume={"persistentVolumeClaim": {"claimName": claim}},
            writable=True,
            fix="The data directory was not moved; inspect the volume by hand, then run fresh.yml again.",
        ),
    )
    return seen.lines[0]


def _stop(api: KubernetesApi, namespace: str, claim: str) -> None:
    """Take every pod off the volume, through the StatefulSet that would bring it back."""
    for workload in stateful_sets(api, namespace, claim):
        api.merge(path("statefulsets", namespace, workload["metadata"]["name"], group=APPS), {"spec": {"replicas": 0}})
    wait_until(
        lambda: users(api, namespace, claim),
        lambda pods: not pods,
        what=f"PersistentVolumeClaim {namespace}/{claim} to be unused",
        progress_timeout=STOP_SECONDS,
        describe=lambda pods: f"pods {', '.join(pod['metadata']['name'] for pod in pods)} use it",
        next_action="Delete those pods and whatever recreates them, then run fresh.yml again.",
    )
