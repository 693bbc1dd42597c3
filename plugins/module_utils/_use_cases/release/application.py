# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_application: prove that the application answers and that its release lacks nothing."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._adapters.clock import clauses, wait_until
from ..._adapters.cluster import causes, workloads
from ..._adapters.cluster.kubernetes import KubernetesApi, path
from ..._core import names, waiting
from ..._core.errors import ObservationFailed
from ..._core.results import build
from .._context import Result, Run, UseCase, cluster
from .._options import Changing, Named, Waiting, option

_MEND = "The data is safe. Check the pods named here, fix the cause and run recover.yml."


@dataclass(frozen=True)
class Responding(Named):
    """The release that has to be complete, and the page that has to answer."""

    release: str = option(type="str", default=names.RELEASE)
    port: int = option(type="int", default=3000)
    page: str = option(type="str", default="/auth/signin")


@dataclass(frozen=True)
class Options(Changing, Responding, Waiting):
    """What is waited for, and for how long."""


def perform(options: Options, run: Run) -> Result:
    """Wait until every workload of the release is available and the application's page answers through the Service."""
    with cluster(options) as api:
        if run.check_mode:
            return look(api, options)
        _wait(api, options, run)
    return _answering(options)


def _wait(api: KubernetesApi, options: Options, run: Run) -> None:
    judge = waiting.Judge()
    wait_until(
        lambda: _look(api, options),
        lambda seen: not seen.reason and not seen.lacks,
        what=f"release {options.release} to be complete, and its application in Deployment "
        f"{options.namespace}/{options.fullname} to answer",
        progress_timeout=options.progress_timeout,
        progress=lambda seen: (seen.reason, [lack.stand for lack in seen.lacks]),
        describe=lambda seen: _reason(api, seen),
        final=lambda seen: causes.final(api, options.namespace, judge, [(lack.workload, lack.pods) for lack in seen.lacks]),
        tell=run.tell,
        next_action=_MEND,
    )


def look(api: KubernetesApi, options: Responding) -> Result:
    """Say how the application is at this moment, without waiting for anything."""
    reason = _reason(api, _look(api, options))
    if not reason:
        return _answering(options)
    message = f"{_where(options)}: {reason}."
    return build(state="waiting", decision="observe", message=message, next_action=_MEND)


def _answering(options: Responding) -> Result:
    return build(
        state="answering",
        decision="observe",
        message=f"{_where(options)} answers on {options.page}; every workload of release {options.release} is available.",
        evidence={"page": options.page},
    )


def _where(options: Responding) -> str:
    return f"The application in Deployment {options.namespace}/{options.fullname}"


class Seen(t.NamedTuple):
    """What one look at the release saw: which workloads lack something, or what else is not as it should be."""

    lacks: tuple[workloads.Lack, ...] = ()
    reason: str = ""


def _reason(api: KubernetesApi, seen: Seen) -> str:
    """Say what is not as it should be, and why."""
    lacking = (f"{each.workload['kind']} {each.workload['metadata']['name']}: {workloads.why(api, each)}" for each in seen.lacks)
    return clauses([*lacking, seen.reason])


def _look(api: KubernetesApi, options: Responding) -> Seen:
    """See what does not run yet and why the application does not answer yet.

    The page says nothing about the other workloads: an application can answer before its Redis has got a volume (fault matrix).
    """
    found = workloads.of_release(api, options.namespace, options.release)
    application = next(
        (each for each in found if each["kind"] == "Deployment" and each["metadata"]["name"] == options.fullname), None
    )
    if application is None:
        return Seen(reason=f"release {options.release} owns no Deployment of that name")
    if lacks := tuple(lack for each in found if (lack := workloads.missing(api, each))):
        return Seen(lacks)
    return Seen(reason=_page_missing(api, options) if application["spec"]["replicas"] else "it requests no replica")


def _page_missing(api: KubernetesApi, options: Responding) -> str:
    """Say why the application's page does not answer; empty when it does."""
    url = path("services", options.namespace, f"{options.fullname}:{options.port}") + f"/proxy{options.page}"
    try:
        answered = api.request("GET", url)
    except ObservationFailed as error:
        return f"its page {options.page} does not answer: {error.evidence.get('status', error.reason.value)}"
    return "" if answered is not None else f"its Service {options.fullname} does not exist"


USE_CASE = UseCase("alga_application", Options, perform, states=("waiting", "answering"))
