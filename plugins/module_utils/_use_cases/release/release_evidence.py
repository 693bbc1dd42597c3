# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What helm must not do whatever the chart says: start PostgreSQL on data it does not fit, or take the application back."""

from __future__ import annotations

import typing as t

from ..._adapters.bootstrap.image_migrations import expected
from ..._adapters.cluster.images import name_of
from ..._adapters.cluster.kubernetes import APPS, Json, KubernetesApi, path
from ..._adapters.database.database import Question, observe
from ..._adapters.database.server import InCluster
from ..._adapters.release.helm import objects
from ..._adapters.storage.claim_users import container, is_running, users
from ..._adapters.storage.storage import recorded_identity
from ..._adapters.storage.volume_contents import inside
from ..._core.appliance.appliance import Appliance
from ..._core.bootstrap.bootstrap import Image
from ..._core.counting import counted
from ..._core.database.migrations import listed
from ..._core.errors import ObservationFailed, Refused
from ..._core.release.record import Release
from ..._core.release.release import identity
from ..._core.states import DatabaseState
from ..._core.storage.contents import judge
from ..observing.database_volume import before_start


def refuse_unfit_data(api: KubernetesApi, appliance: Appliance, found: Release | None, wanted: t.Sequence[Json]) -> None:
    """Refuse a rendering that would start PostgreSQL on unfinished data or on data of another major version (F35, F45).

    Looks only where helm would start it: where it does not run, or where its image or its pod's template changes. A tag such
    as ``latest`` may stand for another version at a later start of the same pod; then PostgreSQL itself refuses to start.

    :raises Refused: with what was seen and what to do next.
    :raises ObservationFailed: when the volume could not be looked into, or the image could not be had.
    """
    namespace, claim = appliance.namespace, appliance.database_claim
    for workload in wanted:
        database = container(workload, claim) if workload["kind"] == "StatefulSet" else None
        if database is None:
            continue
        image, pull = database["image"], database.get("imagePullPolicy", "")
        if not any(is_running(pod) for pod in users(api, namespace, claim)):
            seen = before_start(api, namespace, claim, image, pull)
        elif _restarts(api, namespace, found, workload):
            fix = "Correct db.image in alga_values, then run the playbook again."
            seen = inside(api, namespace, claim, image, pull=pull, fix=fix)
        else:
            continue
        place, recorded = f"The volume of PersistentVolumeClaim {namespace}/{claim}", recorded_identity(api, namespace, claim)
        if seen and (trouble := judge(seen, place, recorded)):
            raise Refused(
                f"{trouble.message} helm was not run. {trouble.next_action}",
                next_action=trouble.next_action,
                evidence={"state": trouble.state.value, "contents": seen.evidence()},
            )


def _restarts(api: KubernetesApi, namespace: str, found: Release | None, workload: Json) -> bool:
    """Tell whether helm would replace the pods of a StatefulSet: its template is not the one rendered last, or not alive."""
    last = {identity(item): item for item in objects(found.manifest, namespace)} if found else {}
    before = last.get(identity(workload))
    if before is None or before["spec"]["template"] != workload["spec"]["template"]:
        return True
    live = api.get(path("statefulsets", namespace, workload["metadata"]["name"], group=APPS))
    return live is None or name_of(live) != name_of(workload)


def refuse_downgrade(api: KubernetesApi, appliance: Appliance, wanted: t.Sequence[Json], *, remember: bool) -> None:
    """Refuse an application image that lacks migrations which the database has (F16).

    Looks only where the image's name differs from the live Deployment's, or there is none. A tag such as ``latest`` whose
    content went back keeps its name: the bootstrap, which compares the image's id, and the gate meet that case, after helm
    and before the application starts. The same goes for a database that does not answer now.

    :param remember: whether what was read from the image may be written to the cluster.
    :raises Refused: with the names of the migrations.
    :raises ObservationFailed: when the image could not be had or holds no migrations (F23, F48).
    """
    namespace = appliance.namespace
    rendered = next(
        (item for item in wanted if item["kind"] == "Deployment" and item["metadata"]["name"] == appliance.fullname), None
    )
    if rendered is None:
        return
    live = api.get(path("deployments", namespace, appliance.fullname, group=APPS))
    image = name_of(rendered)
    if live is not None and name_of(live) == image:
        return
    try:
        seen = observe(InCluster(api, appliance), Question())
    except ObservationFailed:
        return  # Nothing is concluded from that; the bootstrap asks again before any migration runs.
    if not seen.migrations:
        return
    # A ServiceAccount that only the new chart makes is not there yet, and a pod that names it would not be let in.
    account = live["spec"]["template"]["spec"].get("serviceAccountName", "") if live else ""
    pod = {**rendered["spec"]["template"]["spec"], "serviceAccountName": account}
    pull = pod["containers"][0].get("imagePullPolicy", "")
    carried = expected(api, namespace, Image(image, pull=pull, pod=pod), remember=remember)
    if unknown := carried.unknown(seen.migrations):
        raise Refused(
            f"Image {image} cannot be used for the application: database '{seen.database}' on {seen.server} has "
            f"{counted(len(unknown), 'migration')} that this image does not have: {listed(unknown)}. That would be a "
            "downgrade, so helm was not run. Set server.image in alga_values to an image at least as new as the data, then "
            "run the playbook again.",
            evidence={"state": DatabaseState.AHEAD.value, "image": image, "image_id": carried.image_id, "unknown": unknown},
        )
