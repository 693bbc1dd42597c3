# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_talos_health: wait until the machine is fit for an appliance, and say what it lacks."""

from __future__ import annotations

from dataclasses import dataclass

from ..._adapters.clock import clauses, wait_until
from ..._adapters.cluster.kubernetes import KubernetesApi, path
from ..._adapters.cluster.nodes import nodes
from ..._adapters.talos.talosctl import SILENT, TalosRefused
from ..._core.errors import ObservationFailed
from ..._core.results import build
from ..._core.states import TalosState
from ..._core.storage import local_path
from ..._core.talos import talos
from ..._core.talos.talos import Door
from ..._core.talos.talos_health import Cluster, Health
from .._context import Result, Run, UseCase
from .._options import Waiting, option
from .talos_site import Site, TalosMachine


@dataclass(frozen=True)
class Options(TalosMachine, Waiting):
    """What the machine has to be fit for."""

    kubeconfig: str = option(type="path", required=True)
    storage_class: str = option(type="str", default=local_path.STORAGE_CLASS)


def perform(options: Options, run: Run) -> Result:
    """Wait for every condition; in check mode look once and report."""
    site = Site(options, run)
    if run.check_mode:
        health = _look(site)
    else:
        health = wait_until(
            lambda: _look(site),
            lambda seen: not seen.lacks(),
            what=f"the machine at {site.node} to be ready for an appliance",
            progress_timeout=options.progress_timeout,
            progress=lambda seen: seen,
            describe=lambda seen: clauses(seen.lacks()),
            next_action="Fix what is named here, then run the same playbook again.",
        )
    lacks = health.lacks()
    said = f"is not ready for an appliance yet: {clauses(lacks)}" if lacks else "is ready for an appliance"
    message = f"The machine at {site.node} {said}."
    if lacks:
        run.tell(message)  # a check's play ends here, and a result's sentence is not shown
    return build(
        state=talos.classify(health.machine).value,
        decision="wait" if lacks else "proceed",
        message=message,
        next_action="Run the same playbook without check mode, which waits." if lacks else "",
        evidence={
            "lacks": lacks,
            "version": health.machine.version,
            "time_synced": health.time_synced,
            "mounts": dict(health.mounts),
            "resolvers": list(health.resolvers),
            "disks": dict(health.disks),
        },
    )


def _look(site: Site[Options]) -> Health:
    machine = site.observe()
    if machine.door is not Door.OURS:
        return Health(machine, Cluster("the machine was not queried"))
    talosctl = site.talosctl
    try:
        clock = talosctl.get("timestatus").get("node", {})
        mounts = {spec["target"]: not spec.get("readOnly") for spec in talosctl.get("mountstatus").values()}
        resolvers = [name for spec in talosctl.get("resolvers").values() for name in spec.get("dnsServers") or []]
        disks = {name: int(spec.get("size") or 0) for name, spec in talosctl.get("disks").items()}
    except TalosRefused as error:
        if error.code not in SILENT:
            raise
        return Health(machine, Cluster("the machine stopped answering"))
    return Health(machine, _cluster(site), clock.get("synced"), mounts, resolvers, disks)


def _cluster(site: Site[Options]) -> Cluster:
    try:
        api = KubernetesApi(site.options.kubeconfig)
        try:
            found = nodes(api)
            storage_class = site.options.storage_class
            classes = api.get(path("storageclasses", name=storage_class, group="/apis/storage.k8s.io/v1"))
        finally:
            api.close()
    except ObservationFailed as error:
        return Cluster(error.message)
    return Cluster("", found, "" if classes else storage_class)


USE_CASE = UseCase("alga_talos_health", Options, perform, states=TalosState)
