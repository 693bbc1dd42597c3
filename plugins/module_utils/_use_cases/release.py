# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_release: bring the core chart's release to what it should be, and leave it alone when it is."""

from __future__ import annotations

import typing as t

from .._adapters.helm import DEPLOYED, Helm, Release, objects
from .._adapters.kubernetes import APPS, BATCH, CORE, KubernetesApi, path
from .._core import names
from .._core.errors import Refused
from .._core.release import differences, identity, secret_keys_kept, unsafe, values
from .._core.results import build
from .._core.states import Mode
from ._context import CHANGING, DATABASE, Params, Result, Run, Spec, UseCase, cluster
from .release_evidence import refuse_downgrade, refuse_unfit_data

KEEP, RUN = "keep", "run"

SPEC: Spec = {
    **CHANGING,
    **DATABASE,
    "release": {"type": "str", "default": names.RELEASE},
    "chart": {"type": "path", "required": True},
    "helm": {"type": "str", "default": "helm"},
    "values": {"type": "dict", "default": {}},
    "fullname": {"type": "str", "default": names.FULLNAME},
    "application": {"type": "str", "choices": [KEEP, RUN], "required": True},
    "mode": {"type": "str", "choices": [mode.value for mode in Mode], "required": True},
}


def perform(params: Params, run: Run) -> Result:
    """Render, compare with what is deployed and alive, and upgrade only where they differ."""
    helm = Helm(
        params["helm"],
        command=run.command,
        kubeconfig=params["kubeconfig"],
        context=params["context"],
        namespace=params["namespace"],
    )
    with cluster(params) as api:
        wanted_values = values(
            params["values"],
            namespace=params["namespace"],
            claims=names.claims(params["fullname"]),
            replicas=_replicas(api, params),
            mode=params["mode"],
        )
        found = helm.find(params["release"])
        wanted = objects(helm.upgrade(params["release"], params["chart"], wanted_values, dry_run=True))
        _guard(api, params, wanted)
        refuse_unfit_data(api, params, found, wanted)
        refuse_downgrade(api, params, wanted, remember=not run.check_mode)
        changes = _changes(api, params, found, wanted)
        if changes and not run.check_mode:
            _forget_unfinished(api, params, found)
            api.before_change()
            helm.upgrade(params["release"], params["chart"], wanted_values, dry_run=False)
    where = f"Helm release {params['namespace']}/{params['release']}"
    return build(
        state=found.status if found else "absent",
        decision="upgrade" if changes else "keep",
        message=f"{where} is brought up to date: {'; '.join(changes)}." if changes else f"{where} is as it should be.",
        evidence={"helm": helm.version(), "changes": changes},
        changed=bool(changes),
        diff={"before": "", "after": "".join(f"{change}\n" for change in changes)} if run.diff else None,
    )


def _replicas(api: KubernetesApi, params: Params) -> int:
    """How many replicas the application gets: those that are wanted, or none while it has no gate in front of it (F22)."""
    wanted = int(params["values"].get("server", {}).get("replicaCount", 1))
    if params["application"] == RUN:
        return wanted
    deployment = api.get(path("deployments", params["namespace"], params["fullname"], group=APPS))
    if deployment is None:
        return 0
    gates = deployment["spec"]["template"]["spec"].get("initContainers") or []
    gated = any(container["name"] == names.GATE for container in gates)
    return int(deployment["spec"]["replicas"]) if gated else 0


def _guard(api: KubernetesApi, params: Params, wanted: list[dict[str, t.Any]]) -> None:
    """Refuse a rendering that could delete data, change a contract or kill a migration, before helm acts on it."""
    working = [
        job["metadata"]["name"]
        for job in api.items(path("jobs", params["namespace"], group=BATCH))
        if job.get("status", {}).get("active")
        and (job["metadata"].get("annotations") or {}).get(names.HELM_RELEASE_ANNOTATION) == params["release"]
    ]
    if working:
        raise Refused(
            f"Job {', '.join(working)} of release {params['release']} in namespace {params['namespace']} is still at work. An "
            "upgrade of the release would delete it in the middle of a migration (F19), so helm was not run. Wait until it has "
            "ended, then run the playbook again.",
            evidence={"jobs": working},
        )
    credentials = api.get(path("secrets", params["namespace"], names.CREDENTIALS_SECRET)) or {}
    problems = unsafe(wanted, names.claims(params["fullname"]).values())
    if not secret_keys_kept(wanted, credentials.get("data") or {}):
        problems.append(f"Secret {names.CREDENTIALS_SECRET} would get other passwords than it has")
    if problems:
        raise Refused(
            f"Chart {params['chart']} was rendered and not installed, because {'; '.join(problems)}. Correct alga_chart or "
            "alga_values; the chart must honour existingClaim and keep an existing Secret.",
            evidence={"problems": problems},
        )


def _changes(api: KubernetesApi, params: Params, found: Release | None, wanted: list[dict[str, t.Any]]) -> list[str]:
    if found is None:
        return ["the release does not exist"]
    if found.status != DEPLOYED:
        return [f"its last run ended as {found.status}"]
    live = {identity(item): _live(api, params, item) for item in wanted}
    return differences(objects(found.manifest), wanted, live)


def _live(api: KubernetesApi, params: Params, item: t.Mapping[str, t.Any]) -> dict[str, t.Any] | None:
    """Read the live object of a rendered one, by the API server's own list of kinds."""
    version = item["apiVersion"]
    group = CORE if version == "v1" else f"/apis/{version}"
    kinds = {kind["kind"]: kind for kind in (api.get(group) or {}).get("resources", []) if "/" not in kind["name"]}
    kind = kinds.get(item["kind"])
    if kind is None:
        return None
    namespace = item["metadata"].get("namespace", params["namespace"]) if kind["namespaced"] else ""
    return api.get(path(kind["name"], namespace, item["metadata"]["name"], group=group))


def _forget_unfinished(api: KubernetesApi, params: Params, found: Release | None) -> None:
    """Remove helm's record of a run that was killed, which otherwise refuses every later run ("another operation")."""
    if found is None or not found.status.startswith("pending"):
        return
    records = path("secrets", params["namespace"])
    for record in api.items(records, labelSelector=f"owner=helm,name={params['release']},status={found.status}"):
        api.delete(f"{records}/{record['metadata']['name']}")


USE_CASE = UseCase("alga_release", SPEC, perform)
