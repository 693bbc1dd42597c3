# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_appliance_info: the whole appliance at once, and the verdict by the rules that fresh.yml and recover.yml go by."""

from __future__ import annotations

import dataclasses
import typing as t
from dataclasses import dataclass
from types import MappingProxyType

from .._adapters.bootstrap import image_migrations
from .._adapters.cluster import workloads
from .._adapters.cluster.kubernetes import KubernetesApi, path
from .._adapters.storage import claim_sizes
from .._core import names
from .._core.credentials.drift import Verdict, line
from .._core.database.database import in_words
from .._core.decision.decision import decide
from .._core.decision.report import judge, shown
from .._core.decision.situation import Facts
from .._core.errors import ObservationFailed
from .._core.results import build
from .._core.storage import sizes
from ._context import Result, Run, UseCase, cluster
from ._options import Observed, option
from .credentials import generated_keys
from .credentials.drift_report import drift_report
from .observing.situation import UNCHANGED_HERE, Observer
from .release.application import Responding, look


@dataclass(frozen=True)
class Reported(Observed, Responding):
    """The appliance, and what it is judged with."""


@dataclass(frozen=True)
class Options(Reported):
    """What is reported, and whether drift is a failure."""

    sizes: dict[str, t.Any] = option(type="dict", default={})
    fail_on_drift: bool = option(type="bool", default=False)


def perform(options: Options, run: Run) -> Result:
    """Report; see :func:`report`."""
    return report(options, run, wanted=options.sizes, fail_on_drift=options.fail_on_drift)


def report(
    options: Reported, run: Run, *, wanted: t.Mapping[str, t.Any] = MappingProxyType({}), fail_on_drift: bool = False
) -> Result:
    """Observe, decide for each playbook, and judge; nothing is changed.

    :param wanted: sizes that the claims should have, by the section of the chart that uses them.
    :raises Refused: when there is drift and it is to be a failure.
    """
    with cluster(options) as api:
        observer = Observer(api, options, as_it_runs=True)
        application = look(api, options)
        expected, doubt = _expected(observer, api)
        facts = observer.facts(expected)
        lost = generated_keys.lost(api, options.appliance)
        drift = drift_report(observer, _with_secret(observer, facts), decide(facts), run, lost)
        if fail_on_drift:
            drift.refuse_drift(UNCHANGED_HERE)
        beside = _beside(api, options.namespace)
        asked = _asked(api, options.namespace)
        kept = _sizes(api, options, wanted) if facts.storage and wanted else []
    credentials = drift.result()
    verdict = judge(facts, credentials, application, doubt, beside, asked=asked)
    situation = facts.situation()
    message = " ".join([verdict.message, *kept])
    # A row that is as it should be needs nobody's eyes; the evidence has them all.
    rows = [line(row) for row in credentials["evidence"]["roles"] if row["verdict"] != Verdict.OK]
    return build(
        state=situation.database.value,
        decision="healthy" if verdict.healthy else "attention",
        message=message,
        next_action=verdict.next_action,
        evidence={
            "rule": verdict.decision.rule,
            "playbook": verdict.playbook.value if verdict.playbook else "",
            "storage": situation.storage.value,
            "shown": shown([message, verdict.next_action, *rows], healthy=verdict.healthy),
            "application": application["state"],
            "credentials": {"state": credentials["state"], "decision": credentials["decision"], **credentials["evidence"]},
            "database": dict(facts.answer.evidence),
            "volumes": facts.storage.evidence() if facts.storage else {},
        },
        drift=credentials["drift"],
        diff=drift.diff() if run.diff else None,
    )


def _with_secret(observer: Observer, facts: Facts) -> Facts:
    """The facts with the Secret in them: comparing it does not depend on volumes or Jobs that cannot be read."""
    if not facts.unread:
        return facts
    try:
        return dataclasses.replace(facts, secret=observer.secret())
    except ObservationFailed:
        return facts  # its state stays unknown, and the facts say why


def _beside(api: KubernetesApi, namespace: str) -> list[str]:
    """Say what the workloads of the appliance's other releases lack: their images may not even be there (R39)."""
    found = []
    for each in workloads.every(api, namespace):
        release = (each["metadata"].get("annotations") or {}).get(names.HELM_RELEASE_ANNOTATION)
        lack = workloads.missing(api, each) if release in names.RELEASES_BESIDE else None
        if lack:
            found.append(f"{each['kind']} {each['metadata']['name']} of release {release}: {workloads.why(api, lack)}")
    return found


def _asked(api: KubernetesApi, namespace: str) -> str:
    """The Secret that asks for a first tenant; empty where nobody asks for one."""
    found = api.get(path("secrets", namespace, names.INITIAL_TENANT_SECRET))
    return f"{namespace}/{names.INITIAL_TENANT_SECRET}" if found else ""


def _sizes(api: KubernetesApi, options: Reported, wanted: t.Mapping[str, t.Any]) -> list[str]:
    """Say where a volume keeps another size than the variables have (R24)."""
    namespace, fullname = options.namespace, options.fullname
    claims = options.appliance.claims
    held = {claim.claim: claim for claim in claim_sizes.read(api, namespace, tuple(claims.values()))}
    asked = {
        name: claim_sizes.expandable(api, held[name])
        for section, name in claims.items()
        if sizes.smaller(held.get(name), wanted.get(section, ""))
    }
    return sizes.sentences(namespace, fullname, asked, wanted)


def _expected(observer: Observer, api: KubernetesApi) -> tuple[tuple[str, ...] | None, str]:
    """The migrations of the application's image; where they cannot be read, why, and nothing is concluded from it."""
    try:
        image = observer.image()
        if not image.name:
            return None, ""
        namespace = observer.appliance.namespace
        found = image_migrations.expected(api, namespace, image, remember=False)
    except ObservationFailed as error:
        return None, f"Whether migrations are pending is unknown. {in_words(error)}"
    return found.migrations, ""


USE_CASE = UseCase("alga_appliance_info", Options, perform)
