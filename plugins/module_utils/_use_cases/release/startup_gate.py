# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_startup_gate: hold the application back on every start until its database is published and migrated."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._adapters.cluster import gate_script, manifests
from ..._adapters.cluster.kubernetes import APPS, Json, KubernetesApi, path
from ..._core import names
from ..._core.errors import Refused
from ..._core.results import build
from .._context import Result, Run, UseCase, cluster, told
from .._options import Changing, Database, Named

GATE_SECONDS = 600
GATE = "gate"


@dataclass(frozen=True)
class Options(Changing, Database, Named):
    """The application that is held back."""


def _deployment(options: Options) -> str:
    return path("deployments", options.namespace, options.fullname, group=APPS)


def perform(options: Options, run: Run) -> Result:
    """Add the gate to the Deployment by server-side apply, where it survives every helm upgrade."""
    with cluster(options) as api:
        return _add(api, options, run)


def _add(api: KubernetesApi, options: Options, run: Run) -> Result:
    where = f"Deployment {options.namespace}/{options.fullname}"
    before = api.get(_deployment(options))
    if before is None:
        if not run.check_mode:
            raise Refused(f"Could not add the startup gate to {where}: it does not exist. Check what helm installed.")
        message = f"{where} will get its startup gate once helm has created it."
        return build(state="absent", decision=GATE, message=message, changed=True, diff=told(message, run))
    config = path("configmaps", options.namespace, names.GATE)
    script = api.get(config)
    wanted = manifests.config_map(options.namespace, names.GATE, {gate_script.NAME: gate_script.SOURCE})
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
        "command": ["node", f"/gate/{gate_script.NAME}"],
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


USE_CASE = UseCase("alga_startup_gate", Options, perform, states=("absent", "gated", "open"))
