# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_application: hold the application behind a gate on every start, and prove that it answers and lacks nothing."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._adapters.clock import clauses, wait_until
from ..._adapters.cluster import causes, manifests, workloads
from ..._adapters.cluster.kubernetes import APPS, Json, KubernetesApi, path
from ..._core import names, waiting
from ..._core.errors import ObservationFailed, Refused
from ..._core.results import build
from .._context import Result, Run, UseCase, cluster, told
from .._options import Changing, Database, Named, Patient, option

GATE_SECONDS = 600
GATE, ANSWER = "gate", "answer"
_MEND = "The data is safe. Check the pods named here, fix the cause and run recover.yml."


@dataclass(frozen=True)
class Options(Changing, Database, Named, Patient):
    """How the application starts and answers."""

    step: str = option(type="str", choices=[GATE, ANSWER], required=True)
    release: str = option(type="str", default=names.RELEASE)
    # Given with step gate.
    script: str = option(type="str")
    port: int = option(type="int", default=3000)
    page: str = option(type="str", default="/auth/signin")


def perform(options: Options, run: Run) -> Result:
    """Take the step that the options name."""
    with cluster(options) as api:
        return _gate(api, options, run) if options.step == GATE else _answer(api, options, run)


def _deployment(options: Options) -> str:
    return path("deployments", options.namespace, options.fullname, group=APPS)


def _gate(api: KubernetesApi, options: Options, run: Run) -> Result:
    """Add the gate to the Deployment by server-side apply, where it survives every helm upgrade."""
    where = f"Deployment {options.namespace}/{options.fullname}"
    before = api.get(_deployment(options))
    if before is None:
        if not run.check_mode:
            raise Refused(f"Could not add the startup gate to {where}: it does not exist. Check what helm installed.")
        message = f"{where} will get its startup gate once helm has created it."
        return build(state="absent", decision=GATE, message=message, changed=True, diff=told(message, run))
    config = path("configmaps", options.namespace, names.GATE)
    script = api.get(config)
    wanted = manifests.config_map(options.namespace, names.GATE, {"gate.cjs": options.script})
    stale = script is None or script.get("data") != wanted["data"]
    if stale and not run.check_mode:
        api.apply(config, wanted)
    after = api.apply(_deployment(options), _patch(options, before["spec"]["template"]["spec"]), dry_run=run.check_mode)
    gated = before["spec"]["template"] != after["spec"]["template"]
    changed = stale or gated
    message = f"{where} gets its startup gate." if changed else f"{where} has its startup gate."
    return build(
        state="gated" if not changed else "open",
        decision=GATE if changed else "keep",
        message=message,
        evidence={"init_containers": [entry["name"] for entry in after["spec"]["template"]["spec"]["initContainers"]]},
        changed=changed,
        diff=told(message if changed else "", run),
    )


def _patch(options: Options, pod: Json) -> dict[str, t.Any]:
    """The gate as part of the application's pod: where that is let in, the gate must not keep it out (R13)."""
    plain = {
        "DB_HOST": f"{options.service}.{options.namespace}.svc",
        "DB_PORT": str(names.PORT),
        "DB_NAME_SERVER": names.DATABASE,
        "DB_USER_SERVER": names.APPLICATION_ROLE,
        "GATE_SECONDS": str(GATE_SECONDS),
    }
    password = {"name": options.credentials_secret, "key": names.ROLE_KEYS[names.APPLICATION_ROLE]}
    gate: Json = {
        "name": names.GATE,
        "image": pod["containers"][0]["image"],
        "command": ["node", "/gate/gate.cjs"],
        "env": [
            *({"name": name, "value": value} for name, value in plain.items()),
            {"name": "DB_PASSWORD_SERVER", "valueFrom": {"secretKeyRef": password}},
        ],
        "volumeMounts": [{"name": names.GATE, "mountPath": "/gate", "readOnly": True}],
    }
    if asked := pod["containers"][0].get("resources"):
        gate["resources"] = asked
    if context := manifests.secured(pod):
        gate["securityContext"] = context
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": options.fullname, "namespace": options.namespace},
        "spec": {
            "template": {
                "spec": {
                    "initContainers": [gate],
                    "volumes": [{"name": names.GATE, "configMap": {"name": names.GATE}}],
                }
            }
        },
    }


def _answer(api: KubernetesApi, options: Options, run: Run) -> Result:
    """Wait until every workload of the release is available and the application's page answers through the Service."""
    where = f"The application in Deployment {options.namespace}/{options.fullname}"
    whole = f"every workload of release {options.release} is available"
    if run.check_mode:
        reason = _reason(api, _look(api, options))
        return build(
            state="waiting" if reason else "answering",
            decision="observe",
            message=f"{where}: {reason}." if reason else f"{where} answers on {options.page}; {whole}.",
            next_action=_MEND if reason else "",
        )
    judge = waiting.Judge()
    wait_until(
        lambda: _look(api, options),
        lambda seen: not seen.reason and not seen.lacks,
        what=f"release {options.release} to be complete, and its application in Deployment "
        f"{options.namespace}/{options.fullname} to answer",
        patience=options.patience,
        progress=lambda seen: (seen.reason, [lack.stand for lack in seen.lacks]),
        describe=lambda seen: _reason(api, seen),
        final=lambda seen: causes.final(api, options.namespace, judge, [(lack.workload, lack.pods) for lack in seen.lacks]),
        tell=run.tell,
        next_action=_MEND,
    )
    return build(
        state="answering",
        decision="observe",
        message=f"{where} answers on {options.page}; {whole}.",
        evidence={"page": options.page},
    )


class Seen(t.NamedTuple):
    """What one look at the release saw: which workloads lack something, or what else is not as it should be."""

    lacks: tuple[workloads.Lack, ...] = ()
    reason: str = ""


def _reason(api: KubernetesApi, seen: Seen) -> str:
    """Say what is not as it should be, and why."""
    lacking = (f"{each.workload['kind']} {each.workload['metadata']['name']}: {workloads.why(api, each)}" for each in seen.lacks)
    return clauses([*lacking, seen.reason])


def _look(api: KubernetesApi, options: Options) -> Seen:
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


def _page_missing(api: KubernetesApi, options: Options) -> str:
    """Say why the application's page does not answer; empty when it does."""
    url = path("services", options.namespace, f"{options.fullname}:{options.port}") + f"/proxy{options.page}"
    try:
        answered = api.request("GET", url)
    except ObservationFailed as error:
        return f"its page {options.page} does not answer: {error.evidence.get('status', error.reason.value)}"
    return "" if answered is not None else f"its Service {options.fullname} does not exist"


USE_CASE = UseCase(
    "alga_application",
    Options,
    perform,
    states=("absent", "gated", "open", "waiting", "answering"),
    required_if=(("step", GATE, ("script",)),),
)
