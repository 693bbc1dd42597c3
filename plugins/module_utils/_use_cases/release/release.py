# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_release: bring the core chart's release to what it should be, and leave it alone when it is."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._adapters.bootstrap import chart_job
from ..._adapters.cluster import causes, secret_users, workloads
from ..._adapters.cluster.kubernetes import APPS, BATCH, KubernetesApi, path
from ..._adapters.credentials import kept_secrets
from ..._adapters.process import Command
from ..._adapters.release import records
from ..._adapters.release.helm import Helm, Rendering, objects
from ..._adapters.storage.storage import recorded_identity
from ..._core import names
from ..._core.appliance.appliance import Appliance
from ..._core.charts.rows import ChartFinding
from ..._core.errors import ActionFailed, Refused
from ..._core.errors import problems as refusal_of
from ..._core.release.helm_status import HelmStatus, Way, way
from ..._core.release.record import Release
from ..._core.release.release import (
    Setup,
    differences,
    identity,
    lacking_keys,
    remade,
    replaced_keys,
    replicas,
    unsafe,
    values,
    wrong_values,
)
from ..._core.release.release import chart_job as rendered_job
from ..._core.results import build
from ..._core.states import Driver, Mode
from .._context import Result, Run, UseCase, cluster
from .._options import Released, option
from ..charts import own_chart
from ..credentials import generated_keys
from ..observing.situation import UNCHANGED_HERE
from . import helm_marks
from .helm_marks import Unmarked
from .release_evidence import refuse_downgrade, refuse_unfit_data

KEEP, RUN = "keep", "run"


@dataclass(frozen=True)
class Options(Released):
    """What the release is to be."""

    chart: str = option(type="path", required=True)
    application: str = option(type="str", choices=[KEEP, RUN], default=KEEP)
    mode: Mode = option(type="str", choices=Mode, default=Mode.RECOVER)


@dataclass(frozen=True)
class CoreRelease:
    """The core chart's release.

    :param command: runs helm.
    """

    api: KubernetesApi
    options: Released
    command: Command
    mode: Mode = Mode.RECOVER

    @property
    def helm(self) -> Helm:
        """Helm on the appliance's cluster and namespace."""
        return Helm(
            self.options.helm,
            command=self.command,
            kubeconfig=self.options.kubeconfig,
            context=self.options.context,
            namespace=self.options.namespace,
            hidden=lambda: causes.secrets(self.api, self.options.namespace),
        )

    def values(self, replicas: int, setup: Setup | None = None) -> dict[str, t.Any]:
        """The chart's values for this run."""
        return values(
            self.options.values,
            namespace=self.options.namespace,
            claims=self.options.appliance.claims,
            replicas=replicas,
            mode=self.mode.value,
            setup=setup,
        )

    def render(self, wanted: t.Mapping[str, t.Any], found: Release | None = None) -> tuple[Rendering, list[Unmarked]]:
        """Let the server render the chart and check it; changes nothing.

        :param found: the release, of which a run that did not end makes helm refuse to render as well (R7).
        :returns: also the objects without whose marks helm would not even render.
        :raises Refused: when helm failed and is no version that is known here.
        """
        try:
            return self.helm.upgrade(self.options.release, self.options.chart, wanted, dry_run=True), []
        except ActionFailed:
            self._refuse_unsupported()
            # Whether that is why is read from the objects and the release, not from helm's words.
            rendering = self.helm.template(self.options.release, self.options.chart, wanted)
            unmarked = helm_marks.unmarked(self.api, self.options, rendering)
            if not unmarked and (found is None or way(found.status) is not Way.FORGET):
                raise
            return rendering, unmarked

    def _refuse_unsupported(self) -> None:
        """Ask helm for its version where that matters: the preflight of a recover leaves it, because each call is a process."""
        if wrong := self.helm.unsupported():
            raise Refused(f"{wrong} This step changed nothing.")

    def upgrade(self, found: Release | None, wanted: t.Mapping[str, t.Any], unmarked: t.Sequence[Unmarked] = ()) -> None:
        """Run helm. The log of the chart's Job is kept first, because helm deletes a Job that is not rendered any more (F30).

        :param unmarked: objects that get the release's marks before.
        :raises Refused: when this is no version of helm that is known here.
        """
        self._refuse_unsupported()
        chart_job.clear(self.api, self.options.namespace, self.options.fullname)
        helm_marks.mark(self.api, unmarked)
        _forget_unfinished(self.api, self.options, found)
        with kept_secrets.kept(self.api, self.options.namespace, self.options.appliance.contract):
            self.api.changing()
            self.helm.upgrade(self.options.release, self.options.chart, wanted, dry_run=False)

    def with_job(self, setup: Setup) -> tuple[str, dict[str, t.Any]]:
        """Render the one revision that has the chart's own bootstrap Job, with the application at no replicas.

        :returns: the Job's name and the values.
        :raises Refused: when the chart renders no such Job, or anything that must not come from a release.
        """
        wanted_values = self.values(0, setup)
        rendering, _unmarked = self.render(wanted_values)
        job = rendered_job(rendering.objects, self.options.fullname)
        if not job:
            raise Refused(
                f"Chart {self.options.chart} was rendered for {names.DRIVER_OPTION} {Driver.CHART.value} and has no "
                f"bootstrap Job {self.options.fullname}{names.CHART_JOB_SUFFIX} among its ordinary objects; as a hook, it "
                f"would deadlock with the application's startup gate. helm was not run. Set {names.DRIVER_OPTION} to "
                f"{Driver.COLLECTION.value}."
            )
        _guard(self.api, self.options, rendering, job)
        return job, wanted_values


def refuse_wrong_values(options: Released) -> None:
    """Refuse values that the chart cannot have, which a play of one's own may give without the preflight.

    :raises Refused: with everything that is wrong.
    """
    if errors := wrong_values(options.values, "values"):
        raise refusal_of(errors)


def perform(options: Options, run: Run) -> Result:
    """Render, compare with what is deployed and alive, and upgrade only where they differ."""
    refuse_wrong_values(options)
    with cluster(options) as api:
        release = CoreRelease(api, options, run.command, options.mode)
        kept_secrets.settle(api, options.namespace, check_mode=run.check_mode)
        found = records.find(api, options.namespace, options.release)
        _refuse_status(api, options, found)
        noticed: list[ChartFinding] = []
        working = _working(api, options)
        if working and options.driver is Driver.CHART and options.application == KEEP:
            changes, why = [], f"is not changed while its Job {', '.join(working)} is running; the bootstrap watches it"
            count = 0
        else:
            count = _replicas(api, options)
            wanted_values = release.values(count)
            rendering, unmarked = release.render(wanted_values, found)
            _guard(api, options, rendering)
            wanted = rendering.objects
            refuse_unfit_data(api, options.appliance, found, wanted)
            refuse_downgrade(api, options.appliance, wanted, remember=not run.check_mode)
            changes, why = [each.told(options.release) for each in unmarked], "is up to date"
            changes += _changes(api, options, found, wanted)
            if changes:
                _refuse_lacking_keys(api, options, rendering)
                noticed = own_chart.judge(options, rendering.text, fresh=options.mode is Mode.FRESH)
            if changes and not run.check_mode:
                release.upgrade(found, wanted_values, unmarked)
    where = f"Helm release {options.namespace}/{options.release}"
    return build(
        state=found.status if found else "absent",
        decision="upgrade" if changes else "keep",
        message=f"{where} is brought up to date: {'; '.join(changes)}." if changes else f"{where} {why}.",
        evidence={
            "changes": changes,
            "complete": not changes and count == replicas(options.values),
            "faults": [each.as_evidence() for each in noticed],
        },
        changed=bool(changes),
        diff={"before": "", "after": "".join(f"{change}\n" for change in changes)} if run.diff else None,
    )


def _replicas(api: KubernetesApi, options: Options) -> int:
    """How many replicas the application gets: those that are wanted, or none while it has no gate in front of it (F22)."""
    wanted = replicas(options.values)
    if options.application == RUN:
        return wanted
    deployment = api.get(path("deployments", options.namespace, options.fullname, group=APPS))
    if deployment is None:
        return 0
    gates = deployment["spec"]["template"]["spec"].get("initContainers") or []
    gated = any(container["name"] == names.GATE for container in gates)
    return int(deployment["spec"]["replicas"]) if gated else 0


def _working(api: KubernetesApi, options: Released) -> list[str]:
    """The release's Jobs that are at work."""
    return [
        job["metadata"]["name"]
        for job in api.items(path("jobs", options.namespace, group=BATCH))
        if job.get("status", {}).get("active")
        and (job["metadata"].get("annotations") or {}).get(names.HELM_RELEASE_ANNOTATION) == options.release
    ]


def _guard(api: KubernetesApi, options: Released, rendering: Rendering, job: str = "") -> None:
    """Refuse a rendering that could delete data, change a contract or kill a migration, before helm acts on it.

    :param job: the one Job that may be rendered.
    """
    working = _working(api, options)
    if working:
        raise Refused(
            f"Job {', '.join(working)} of release {options.release} in namespace {options.namespace} is still running. An "
            "upgrade of the release would delete it in the middle of a migration, so helm was not run. Wait until it has "
            "finished, then run the playbook again.",
            evidence={"jobs": working},
        )
    generated_keys.refuse_lost(api, options.appliance, UNCHANGED_HERE)
    listed = api.secrets(options.namespace)
    live = {item["metadata"]["name"]: item.get("data") or {} for item in listed}
    live = {name: data for name, data in live.items() if name in options.appliance.contract}
    wanted = rendering.objects
    # A hook's Secret is judged where it would be made; what a hook does to one that is there is undone after it (kept_secrets).
    _refuse_lost(api, options.appliance, remade([*wanted, *rendering.hooks], live, options.appliance.contract))
    problems = unsafe(wanted, options.appliance.claims.values(), job)
    problems += [
        f"Secret {name} would get values for {', '.join(keys)} other than it has"
        for name, keys in replaced_keys(wanted, live).items()
    ]
    if problems:
        raise Refused(
            f"Chart {options.chart} was rendered but not installed, because {'; '.join(problems)}. Correct alga_chart or "
            "alga_values; the chart must honour existingClaim and keep an existing Secret.",
            evidence={"problems": problems},
        )


def _refuse_lacking_keys(api: KubernetesApi, options: Options, rendering: Rendering) -> None:
    """Refuse what would leave new pods waiting for a key for ever, beside old ones on a database that is migrated (R40, F3).

    :raises Refused: with the workloads, the Secrets and their keys.
    """
    live = {
        item["metadata"]["name"]: {key for key, value in (item.get("data") or {}).items() if value}
        for item in api.secrets(options.namespace)
    }
    own = [item for item in rendering.objects if item["kind"] in workloads.KINDS and not identity(item).namespace]
    needed = {str(identity(item)): secret_users.needed(item) for item in own}
    made = (options.credentials_secret, names.SHARED_SECRET)
    if lacking := lacking_keys(needed, [*rendering.objects, *rendering.hooks], live, made):
        raise Refused(
            f"Chart {options.chart} was rendered but not installed, because its pods would never start: {'; '.join(lacking)}. "
            f"Add what is missing in namespace {options.namespace}, then run the same playbook again. Restore a key that this "
            "appliance had from the encrypted copy or a backup; a key that only this version of the chart requires may get a new "
            "random value.",
            evidence={"lacking_keys": lacking},
        )


def _refuse_lost(api: KubernetesApi, appliance: Appliance, secrets: list[str]) -> None:
    """Refuse to let the chart make a Secret anew that a complete appliance had (F2, F12).

    :param secrets: names of Secrets that are gone and would be rendered.
    """
    claim = appliance.database_claim
    if secrets and recorded_identity(api, appliance.namespace, claim) is not None:
        raise Refused(
            f"PersistentVolumeClaim {appliance.namespace}/{claim} holds a complete appliance, but its Secret "
            f"{', '.join(secrets)} does not exist. The chart would generate keys other than those with which data was stored, "
            "so helm was not run. Restore the Secret from a backup, then run the same playbook again. If it is permanently "
            "lost, create it by hand with new values; data encrypted with the old ones then cannot be read.",
            evidence={"missing_secrets": secrets},
        )


def _changes(api: KubernetesApi, options: Options, found: Release | None, wanted: list[dict[str, t.Any]]) -> list[str]:
    if found is None:
        return ["the release does not exist"]
    if way(found.status) is not Way.COMPARE:
        return [f"its last run ended with status {found.status}"]
    live = {identity(item): helm_marks.live(api, options.namespace, item) for item in wanted}
    return differences(objects(found.manifest, options.namespace), wanted, live)


def _refuse_status(api: KubernetesApi, options: Options, found: Release | None) -> None:
    """Refuse a release whose status nobody knows a way for, and one that is being uninstalled right now (R7).

    :raises Refused: with the status, or with what is still being deleted.
    """
    if found is None:
        return
    where = f"Helm release {options.namespace}/{options.release}"
    if way(found.status) is Way.REFUSE:
        raise Refused(
            f"{where} has status {found.status!r}, which this collection cannot handle. helm was not run, and nothing was "
            f"changed. Check helm history {options.release} --namespace {options.namespace}; once its last revision has "
            "another status, run the same playbook again.",
            evidence={"status": found.status},
        )
    if found.status != HelmStatus.UNINSTALLING:
        return
    items = objects(found.manifest, options.namespace)
    live = {identity(item): helm_marks.live(api, options.namespace, item) for item in items}
    leaving = [str(name) for name, item in live.items() if item and "deletionTimestamp" in item["metadata"]]
    if leaving:
        raise Refused(
            f"{where} is being uninstalled: {', '.join(leaving)} is still being deleted, and anything installed over it would "
            "be lost. helm was not run, and nothing was changed. Wait until it is deleted, or check its finalizers, then run "
            "the same playbook again.",
            evidence={"status": found.status, "leaving": leaving},
        )


def _forget_unfinished(api: KubernetesApi, options: Released, found: Release | None) -> None:
    """Remove helm's record of a run that did not end, for which helm refuses every later run (R7)."""
    if found is None or way(found.status) is not Way.FORGET:
        return
    records.forget(api, options.namespace, options.release, found.status)


USE_CASE = UseCase("alga_release", Options, perform, states=("absent", *(status.value for status in HelmStatus)))
