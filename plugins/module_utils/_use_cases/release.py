# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_release: bring the core chart's release to what it should be, and leave it alone when it is."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._adapters import chart_job, kept_secrets
from .._adapters.helm import DEPLOYED, Helm, Release, Rendering, objects
from .._adapters.kubernetes import APPS, BATCH, CORE, KubernetesApi, path
from .._adapters.process import Command
from .._adapters.storage import recorded_identity
from .._core import names
from .._core.errors import Refused
from .._core.release import Setup, differences, identity, remade, replaced_keys, replicas, unsafe, values
from .._core.release import chart_job as rendered_job
from .._core.results import build
from .._core.states import Driver, Mode
from . import generated_keys
from ._context import CHANGING, DATABASE, Params, Result, Run, Spec, UseCase, cluster
from .release_evidence import refuse_downgrade, refuse_unfit_data

KEEP, RUN = "keep", "run"

RELEASE: Spec = {
    "release": {"type": "str", "default": names.RELEASE},
    "chart": {"type": "path"},
    "helm": {"type": "str", "default": "helm"},
    "values": {"type": "dict", "default": {}},
    "driver": {"type": "str", "choices": [driver.value for driver in Driver], "default": Driver.COLLECTION.value},
}
SPEC: Spec = {
    **CHANGING,
    **DATABASE,
    **RELEASE,
    "chart": {"type": "path", "required": True},
    "fullname": {"type": "str", "default": names.FULLNAME},
    "application": {"type": "str", "choices": [KEEP, RUN], "required": True},
    "mode": {"type": "str", "choices": [mode.value for mode in Mode], "required": True},
}


@dataclass(frozen=True)
class CoreRelease:
    """The core chart's release.

    :param command: runs helm.
    """

    api: KubernetesApi
    params: Params
    command: Command

    @property
    def helm(self) -> Helm:
        """Helm on the appliance's cluster and namespace."""
        return Helm(
            self.params["helm"],
            command=self.command,
            kubeconfig=self.params["kubeconfig"],
            context=self.params["context"],
            namespace=self.params["namespace"],
        )

    def values(self, replicas: int, setup: Setup | None = None) -> dict[str, t.Any]:
        """The chart's values for this run."""
        return values(
            self.params["values"],
            namespace=self.params["namespace"],
            claims=names.claims(self.params["fullname"]),
            replicas=replicas,
            mode=self.params["mode"],
            setup=setup,
        )

    def render(self, wanted: t.Mapping[str, t.Any]) -> Rendering:
        """Let the server render the chart and check it; changes nothing."""
        return self.helm.upgrade(self.params["release"], self.params["chart"], wanted, dry_run=True)

    def upgrade(self, found: Release | None, wanted: t.Mapping[str, t.Any]) -> None:
        """Run helm. The log of the chart's Job is kept first, because helm deletes a Job that is not rendered any more (F30)."""
        chart_job.clear(self.api, self.params["namespace"], self.params["fullname"])
        _forget_unfinished(self.api, self.params, found)
        with kept_secrets.kept(self.api, self.params["namespace"], _contract(self.params)):
            self.api.before_change()
            self.helm.upgrade(self.params["release"], self.params["chart"], wanted, dry_run=False)

    def with_job(self, setup: Setup) -> tuple[str, dict[str, t.Any]]:
        """Render the one revision that has the chart's own bootstrap Job, with the application at no replicas.

        :returns: the Job's name and the values.
        :raises Refused: when the chart renders no such Job, or anything that must not come from a release.
        """
        wanted_values = self.values(0, setup)
        rendering = self.render(wanted_values)
        job = rendered_job(rendering.objects, self.params["fullname"])
        if not job:
            raise Refused(
                f"Chart {self.params['chart']} was rendered for {names.DRIVER_OPTION} {Driver.CHART.value} and has no bootstrap "
                f"Job {self.params['fullname']}{names.CHART_JOB_SUFFIX} among its ordinary objects; as a hook it would deadlock "
                f"with the application's gate (F4). Nothing was changed. Set {names.DRIVER_OPTION} to {Driver.COLLECTION.value}."
            )
        _guard(self.api, self.params, rendering, job)
        return job, wanted_values


def perform(params: Params, run: Run) -> Result:
    """Render, compare with what is deployed and alive, and upgrade only where they differ."""
    with cluster(params) as api:
        release = CoreRelease(api, params, run.command)
        kept_secrets.settle(api, params["namespace"], check_mode=run.check_mode)
        found = release.helm.find(params["release"])
        working = _working(api, params)
        if working and params["driver"] == Driver.CHART.value and params["application"] == KEEP:
            changes, why = [], f"is left alone while its Job {', '.join(working)} is at work; the bootstrap watches it"
        else:
            wanted_values = release.values(_replicas(api, params))
            rendering = release.render(wanted_values)
            _guard(api, params, rendering)
            wanted = rendering.objects
            refuse_unfit_data(api, params, found, wanted)
            refuse_downgrade(api, params, wanted, remember=not run.check_mode)
            changes, why = _changes(api, params, found, wanted), "is as it should be"
            if changes and not run.check_mode:
                release.upgrade(found, wanted_values)
        version = release.helm.version
    where = f"Helm release {params['namespace']}/{params['release']}"
    return build(
        state=found.status if found else "absent",
        decision="upgrade" if changes else "keep",
        message=f"{where} is brought up to date: {'; '.join(changes)}." if changes else f"{where} {why}.",
        evidence={"helm": version, "changes": changes},
        changed=bool(changes),
        diff={"before": "", "after": "".join(f"{change}\n" for change in changes)} if run.diff else None,
    )


def _replicas(api: KubernetesApi, params: Params) -> int:
    """How many replicas the application gets: those that are wanted, or none while it has no gate in front of it (F22)."""
    wanted = replicas(params["values"])
    if params["application"] == RUN:
        return wanted
    deployment = api.get(path("deployments", params["namespace"], params["fullname"], group=APPS))
    if deployment is None:
        return 0
    gates = deployment["spec"]["template"]["spec"].get("initContainers") or []
    gated = any(container["name"] == names.GATE for container in gates)
    return int(deployment["spec"]["replicas"]) if gated else 0


def _working(api: KubernetesApi, params: Params) -> list[str]:
    """The release's Jobs that are at work."""
    return [
        job["metadata"]["name"]
        for job in api.items(path("jobs", params["namespace"], group=BATCH))
        if job.get("status", {}).get("active")
        and (job["metadata"].get("annotations") or {}).get(names.HELM_RELEASE_ANNOTATION) == params["release"]
    ]


def _guard(api: KubernetesApi, params: Params, rendering: Rendering, job: str = "") -> None:
    """Refuse a rendering that could delete data, change a contract or kill a migration, before helm acts on it.

    :param job: the one Job that may be rendered.
    """
    working = _working(api, params)
    if working:
        raise Refused(
            f"Job {', '.join(working)} of release {params['release']} in namespace {params['namespace']} is still at work. An "
            "upgrade of the release would delete it in the middle of a migration (F19), so helm was not run. Wait until it has "
            "ended, then run the playbook again.",
            evidence={"jobs": working},
        )
    generated_keys.refuse_lost(api, params)
    listed = api.secrets(params["namespace"])
    live = {item["metadata"]["name"]: item.get("data") or {} for item in listed}
    live = {name: data for name, data in live.items() if name in _contract(params)}
    wanted = rendering.objects
    # A hook's Secret is judged where it would be made; what a hook does to one that is there is undone after it (kept_secrets).
    _refuse_lost(api, params, remade([*wanted, *rendering.hooks], live, _contract(params)))
    problems = unsafe(wanted, names.claims(params["fullname"]).values(), job)
    problems += [
        f"Secret {name} would get other values for {', '.join(keys)} than it has"
        for name, keys in replaced_keys(wanted, live).items()
    ]
    if problems:
        raise Refused(
            f"Chart {params['chart']} was rendered and not installed, because {'; '.join(problems)}. Correct alga_chart or "
            "alga_values; the chart must honour existingClaim and keep an existing Secret.",
            evidence={"problems": problems},
        )


def _contract(params: Params) -> tuple[str, ...]:
    """Every generated Secret that the appliance's data or its sessions depend on."""
    return (names.CREDENTIALS_SECRET, *names.generated(params["fullname"]))


def _refuse_lost(api: KubernetesApi, params: Params, secrets: list[str]) -> None:
    """Refuse to let the chart make a Secret anew that a complete appliance had (F2, F12).

    :param secrets: names of Secrets that are gone and would be rendered.
    """
    claim = names.claims(params["fullname"])[names.DATABASE_SECTION]
    if secrets and recorded_identity(api, params["namespace"], claim) is not None:
        raise Refused(
            f"PersistentVolumeClaim {params['namespace']}/{claim} holds a complete appliance, and Secret {', '.join(secrets)} of "
            "it does not exist. The chart would generate other keys than those with which data was stored, so helm was not run. "
            "Restore the Secret from a backup, then run the same playbook again. Where it is lost for good, make it by hand with "
            "new values, and expect that what was encrypted with the old ones cannot be read.",
            evidence={"missing_secrets": secrets},
        )


def _changes(api: KubernetesApi, params: Params, found: Release | None, wanted: list[dict[str, t.Any]]) -> list[str]:
    if found is None:
        return ["the release does not exist"]
    if found.status != DEPLOYED:
        return [f"its last run ended as {found.status}"]
    live = {identity(item): _live(api, params, item) for item in wanted}
    return differences(objects(found.manifest, params["namespace"]), wanted, live)


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
