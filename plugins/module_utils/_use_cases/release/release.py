# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_release: bring the core chart's release to what it should be, and leave it alone when it is."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass

from ..._adapters.bootstrap import chart_job
from ..._adapters.cluster import causes, secret_users, workloads
from ..._adapters.cluster.kubernetes import APPS, BATCH, KubernetesApi, path
from ..._adapters.credentials import kept_secrets
from ..._adapters.process import Command
from ..._adapters.release.helm import Helm, Release, Rendering, objects
from ..._adapters.storage.storage import recorded_identity
from ..._core import names
from ..._core.errors import ActionFailed, Refused
from ..._core.release.helm_status import HelmStatus, Way, way
from ..._core.release.release import Setup, differences, identity, lacking_keys, remade, replaced_keys, replicas, unsafe, values
from ..._core.release.release import chart_job as rendered_job
from ..._core.results import build
from ..._core.states import Driver, Mode
from .._context import CHANGING, DATABASE, Params, Result, Run, Spec, UseCase, cluster
from ..credentials import generated_keys
from ..observing.situation import UNCHANGED_HERE
from . import helm_marks
from .helm_marks import Unmarked
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
    "application": {"type": "str", "choices": [KEEP, RUN], "default": KEEP},
    "mode": {"type": "str", "choices": [mode.value for mode in Mode], "default": Mode.RECOVER.value},
}


@dataclass(frozen=True)
class CoreRelease:
    """The core chart's release.

    :param command: runs helm.
    """

    api: KubernetesApi
    params: Params
    command: Command

    @functools.cached_property
    def helm(self) -> Helm:
        """Helm on the appliance's cluster and namespace; one, so that it is asked for its version once."""
        return Helm(
            self.params["helm"],
            command=self.command,
            kubeconfig=self.params["kubeconfig"],
            context=self.params["context"],
            namespace=self.params["namespace"],
            hidden=lambda: causes.secrets(self.api, self.params["namespace"]),
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

    def render(self, wanted: t.Mapping[str, t.Any], found: Release | None = None) -> tuple[Rendering, list[Unmarked]]:
        """Let the server render the chart and check it; changes nothing.

        :param found: the release, of which a run that did not end makes helm refuse to render as well (R7).
        :returns: also the objects without whose marks helm would not even render.
        """
        try:
            return self.helm.upgrade(self.params["release"], self.params["chart"], wanted, dry_run=True), []
        except ActionFailed:
            # Whether that is why is read from the objects and the release, not from helm's words.
            rendering = self.helm.template(self.params["release"], self.params["chart"], wanted)
            unmarked = helm_marks.unmarked(self.api, self.params, rendering, _contract(self.params))
            if not unmarked and (found is None or way(found.status) is not Way.FORGET):
                raise
            return rendering, unmarked

    def upgrade(self, found: Release | None, wanted: t.Mapping[str, t.Any], unmarked: t.Sequence[Unmarked] = ()) -> None:
        """Run helm. The log of the chart's Job is kept first, because helm deletes a Job that is not rendered any more (F30).

        :param unmarked: objects that get the release's marks before.
        """
        chart_job.clear(self.api, self.params["namespace"], self.params["fullname"])
        helm_marks.mark(self.api, unmarked)
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
        rendering, _unmarked = self.render(wanted_values)
        job = rendered_job(rendering.objects, self.params["fullname"])
        if not job:
            raise Refused(
                f"Chart {self.params['chart']} was rendered for {names.DRIVER_OPTION} {Driver.CHART.value} and has no "
                f"bootstrap Job {self.params['fullname']}{names.CHART_JOB_SUFFIX} among its ordinary objects; as a hook, it "
                f"would deadlock with the application's startup gate. helm was not run. Set {names.DRIVER_OPTION} to "
                f"{Driver.COLLECTION.value}."
            )
        _guard(self.api, self.params, rendering, job)
        return job, wanted_values


def perform(params: Params, run: Run) -> Result:
    """Render, compare with what is deployed and alive, and upgrade only where they differ."""
    with cluster(params) as api:
        release = CoreRelease(api, params, run.command)
        kept_secrets.settle(api, params["namespace"], check_mode=run.check_mode)
        found = release.helm.find(params["release"])
        _refuse_status(api, params, found)
        working = _working(api, params)
        if working and params["driver"] == Driver.CHART.value and params["application"] == KEEP:
            changes, why = [], f"is not changed while its Job {', '.join(working)} is running; the bootstrap watches it"
            count = 0
        else:
            count = _replicas(api, params)
            wanted_values = release.values(count)
            rendering, unmarked = release.render(wanted_values, found)
            _guard(api, params, rendering)
            wanted = rendering.objects
            refuse_unfit_data(api, params, found, wanted)
            refuse_downgrade(api, params, wanted, remember=not run.check_mode)
            changes, why = [each.told(params["release"]) for each in unmarked], "is up to date"
            changes += _changes(api, params, found, wanted)
            if changes:
                _refuse_lacking_keys(api, params, rendering)
            if changes and not run.check_mode:
                release.upgrade(found, wanted_values, unmarked)
        version = release.helm.version
    where = f"Helm release {params['namespace']}/{params['release']}"
    return build(
        state=found.status if found else "absent",
        decision="upgrade" if changes else "keep",
        message=f"{where} is brought up to date: {'; '.join(changes)}." if changes else f"{where} {why}.",
        evidence={"helm": version, "changes": changes, "complete": not changes and count == replicas(params["values"])},
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
            f"Job {', '.join(working)} of release {params['release']} in namespace {params['namespace']} is still running. An "
            "upgrade of the release would delete it in the middle of a migration, so helm was not run. Wait until it has "
            "finished, then run the playbook again.",
            evidence={"jobs": working},
        )
    generated_keys.refuse_lost(api, params, UNCHANGED_HERE)
    listed = api.secrets(params["namespace"])
    live = {item["metadata"]["name"]: item.get("data") or {} for item in listed}
    live = {name: data for name, data in live.items() if name in _contract(params)}
    wanted = rendering.objects
    # A hook's Secret is judged where it would be made; what a hook does to one that is there is undone after it (kept_secrets).
    _refuse_lost(api, params, remade([*wanted, *rendering.hooks], live, _contract(params)))
    problems = unsafe(wanted, names.claims(params["fullname"]).values(), job)
    problems += [
        f"Secret {name} would get values for {', '.join(keys)} other than it has"
        for name, keys in replaced_keys(wanted, live).items()
    ]
    if problems:
        raise Refused(
            f"Chart {params['chart']} was rendered but not installed, because {'; '.join(problems)}. Correct alga_chart or "
            "alga_values; the chart must honour existingClaim and keep an existing Secret.",
            evidence={"problems": problems},
        )


def _refuse_lacking_keys(api: KubernetesApi, params: Params, rendering: Rendering) -> None:
    """Refuse what would leave new pods waiting for a key for ever, beside old ones on a database that is migrated (R40, F3).

    :raises Refused: with the workloads, the Secrets and their keys.
    """
    live = {
        item["metadata"]["name"]: {key for key, value in (item.get("data") or {}).items() if value}
        for item in api.secrets(params["namespace"])
    }
    own = [item for item in rendering.objects if item["kind"] in workloads.KINDS and not identity(item).namespace]
    needed = {str(identity(item)): secret_users.needed(item) for item in own}
    made = (names.CREDENTIALS_SECRET, names.SHARED_SECRET)
    if lacking := lacking_keys(needed, [*rendering.objects, *rendering.hooks], live, made):
        raise Refused(
            f"Chart {params['chart']} was rendered and not installed, because its pods would never start: {'; '.join(lacking)}. "
            f"Add it in namespace {params['namespace']}, then run the same playbook again: a key that this appliance had comes "
            "back from the escrow or a backup; one that only this chart's version wants may get a new random value.",
            evidence={"lacking_keys": lacking},
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
            f"PersistentVolumeClaim {params['namespace']}/{claim} holds a complete appliance, but its Secret "
            f"{', '.join(secrets)} does not exist. The chart would generate keys other than those with which data was stored, "
            "so helm was not run. Restore the Secret from a backup, then run the same playbook again. If it is permanently "
            "lost, create it by hand with new values; data encrypted with the old ones then cannot be read.",
            evidence={"missing_secrets": secrets},
        )


def _changes(api: KubernetesApi, params: Params, found: Release | None, wanted: list[dict[str, t.Any]]) -> list[str]:
    if found is None:
        return ["the release does not exist"]
    if way(found.status) is not Way.COMPARE:
        return [f"its last run ended with status {found.status}"]
    live = {identity(item): helm_marks.live(api, params["namespace"], item) for item in wanted}
    return differences(objects(found.manifest, params["namespace"]), wanted, live)


def _refuse_status(api: KubernetesApi, params: Params, found: Release | None) -> None:
    """Refuse a release whose status nobody knows a way for, and one that is being uninstalled right now (R7).

    :raises Refused: with the status, or with what is still being deleted.
    """
    if found is None:
        return
    where = f"Helm release {params['namespace']}/{params['release']}"
    if way(found.status) is Way.REFUSE:
        raise Refused(
            f"{where} has status {found.status!r}, which this collection cannot handle. helm was not run, and nothing was "
            f"changed. Check helm history {params['release']} --namespace {params['namespace']}; once its last revision has "
            "another status, run the same playbook again.",
            evidence={"status": found.status},
        )
    if found.status != HelmStatus.UNINSTALLING:
        return
    items = objects(found.manifest, params["namespace"])
    live = {identity(item): helm_marks.live(api, params["namespace"], item) for item in items}
    leaving = [str(name) for name, item in live.items() if item and "deletionTimestamp" in item["metadata"]]
    if leaving:
        raise Refused(
            f"{where} is being uninstalled: {', '.join(leaving)} is still being deleted, and anything installed over it would "
            "be lost. helm was not run, and nothing was changed. Wait until it is deleted, or check its finalizers, then run "
            "the same playbook again.",
            evidence={"status": found.status, "leaving": leaving},
        )


def _forget_unfinished(api: KubernetesApi, params: Params, found: Release | None) -> None:
    """Remove helm's record of a run that did not end, for which helm refuses every later run (R7)."""
    if found is None or way(found.status) is not Way.FORGET:
        return
    records = path("secrets", params["namespace"])
    for record in api.items(records, labelSelector=f"owner=helm,name={params['release']},status={found.status}"):
        api.delete(f"{records}/{record['metadata']['name']}")


USE_CASE = UseCase("alga_release", SPEC, perform, states=("absent", *(status.value for status in HelmStatus)))
