# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_talos_bootstrap: etcd is bootstrapped exactly once, and a cluster that was there already proves to be ours."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass

from ..._adapters import certificates, private_file
from ..._adapters.clock import wait_until
from ..._adapters.cluster.kubernetes import path
from ..._adapters.talos.talosctl import ALREADY_EXISTS, PASSING, TalosRefused
from ..._core import names
from ..._core.errors import ObservationFailed, Refused
from ..._core.results import build
from ..._core.states import Mode, Reason, TalosState
from ..._core.talos import talos, talos_secrets
from ..._core.talos.talos import EtcdData, Machine
from ..._core.talos.talos_config import DATA_PATH
from .._context import Result, Run, UseCase
from .._options import Confirmed, Waiting, option
from ..confirmation import require
from .talos_site import Site, TalosMachine


@dataclass(frozen=True)
class Options(TalosMachine, Waiting, Confirmed):
    """Which cluster the machine begins, and how."""

    cluster: str = option(type="str", required=True)
    mode: Mode = option(type="str", choices=Mode, default=Mode.RECOVER)


_ACCEPTED, _EXISTS = "accepted", "exists"
_AGAIN = "Run the same playbook again; it continues from there."
# By how much the clocks of the controller and of the machine may differ.
_CLOCKS = datetime.timedelta(minutes=5)


def perform(options: Options, run: Run) -> Result:
    """Bootstrap etcd where it has no data; in check mode nothing is asked but what state it is in."""
    site = Site(options, run)
    machine = site.settled(options.progress_timeout)
    state = talos.classify(machine)
    if state is TalosState.BOOTSTRAPPED:
        return _keep(site, machine)
    if run.check_mode and (state in (TalosState.MAINTENANCE, TalosState.UNREACHABLE) or talos.passing(machine)):
        return _foreseen(site, machine)
    if state is not TalosState.CONFIGURED:
        raise site.refused(machine)
    if options.mode is Mode.RECOVER:
        _lost(site)
    if not run.check_mode:
        outcome = _bootstrap(site)
        _wait_for_etcd(site)
        if outcome == _EXISTS:
            _prove(site)
        _record(site)
    return _bootstrapped(site, machine, f"The etcd of the machine at {site.node} has no data; it is bootstrapped.")


def _bootstrapped(site: Site[Options], machine: Machine, message: str) -> Result:
    return build(
        state=talos.classify(machine).value,
        decision="bootstrap",
        message=message,
        changed=True,
        diff={"before": "", "after": f"etcd of {site.node}: bootstrapped\n"} if site.run.diff else None,
    )


def _foreseen(site: Site[Options], machine: Machine) -> Result:
    """What comes of a machine that is not up, as far as it can be told."""
    if machine.etcd_data is EtcdData.PRESENT:
        message = f"{site.said(machine)} Its etcd already has data, so it is not bootstrapped."
        return build(state=talos.classify(machine).value, decision="keep", message=message)
    return _bootstrapped(site, machine, f"{site.said(machine)} Its etcd is then bootstrapped if it has no data.")


def _keep(site: Site[Options], machine: Machine) -> Result:
    """Keep an etcd that runs, once it is known whose it is: this folder's record says so, or the cluster proves it."""
    if not (site.folder / talos_secrets.CLUSTER_FILE).exists():
        _prove(site)
        if not site.run.check_mode:
            _record(site)
    return build(state=TalosState.BOOTSTRAPPED.value, decision="keep", message=site.said(machine))


def _record(site: Site[Options]) -> None:
    """Write down that the cluster of this machine is ours; what was refused has no record, and is refused again."""
    private_file.replace(site.folder / talos_secrets.CLUSTER_FILE, json.dumps({"cluster": site.options.cluster}) + "\n")


def _lost(site: Site[Options]) -> None:
    """Recovery never begins anew by itself: what Kubernetes knew is lost with etcd, and what the volume holds is not.

    :raises Refused: unless the operator names the cluster.
    """
    if site.run.check_mode:
        return
    require(
        site.options,
        site.options.cluster,
        [
            f"the etcd of the machine at {site.node} has no data: claims, volumes and Secrets that Kubernetes knew are lost, "
            f"and data under {DATA_PATH} may be orphaned and is not changed",
            "if you have a snapshot of etcd, restore it instead: talosctl bootstrap --recover-from FILE",
            "otherwise an empty Kubernetes is created with the same secrets, and recover.yml then reports the data that is "
            f"left under {DATA_PATH} and how to recover it; nothing is generated over it",
        ],
    )


def _bootstrap(site: Site[Options]) -> str:
    def attempt() -> str:
        try:
            site.talosctl.call("bootstrap")
        except TalosRefused as error:
            if error.code == ALREADY_EXISTS:
                return _EXISTS
            # It waits for its time to be in sync, or its answer was lost: then the next one says that etcd has data.
            if error.code in PASSING:
                return error.message
            raise
        return _ACCEPTED

    return wait_until(
        attempt,
        lambda outcome: outcome in (_ACCEPTED, _EXISTS),
        what=f"the machine at {site.node} to bootstrap etcd",
        progress_timeout=site.options.progress_timeout,
        progress=str,
        next_action=f"Check its time servers and its console. {_AGAIN}",
    )


def _wait_for_etcd(site: Site[Options]) -> None:
    wait_until(
        site.observe,
        lambda machine: machine.etcd_healthy,
        what=f"the etcd of the machine at {site.node} to be healthy",
        progress_timeout=site.options.progress_timeout,
        progress=lambda machine: machine,
        describe=site.said,
        next_action=f"It accepted the bootstrap. Check talosctl service etcd, and whether it can pull its image. {_AGAIN}",
    )


def _prove(site: Site[Options]) -> None:
    """A cluster is ours when our own client opens it and it is not older than our secrets.

    Somebody who bootstraps between our look and our call bootstraps the machine that we configured. Data that a disk kept from an
    earlier cluster is older than the secrets, whose age is the one of the authority's certificate.

    :raises Refused: when it is older.
    """
    made = certificates.begins(site.authority())
    cluster = wait_until(
        lambda: _made(site),
        lambda answer: isinstance(answer, datetime.datetime),
        what=f"the Kubernetes of the machine at {site.node}, which had already been bootstrapped, to prove its identity",
        progress_timeout=site.options.progress_timeout,
        progress=str,
        next_action=_AGAIN,
    )
    if isinstance(cluster, datetime.datetime) and cluster < made - _CLOCKS:
        raise Refused(
            f"The etcd of the machine at {site.node} already had data: its cluster was created at {cluster.isoformat()}, "
            f"before the secrets in {site.folder}, which date from {made.isoformat()}. Nothing more was done. Restore the "
            f"secrets of that cluster to the directory that {names.TALOS_FOLDER_OPTION} names, or wipe the machine on purpose.",
            evidence={"cluster_made": cluster.isoformat(), "secrets_made": made.isoformat()},
        )


def _made(site: Site[Options]) -> datetime.datetime | str:
    """When the cluster was made, or what keeps it from saying so."""
    try:
        with site.cluster() as api:
            found = api.get(path("namespaces", name="kube-system"))
    except (TalosRefused, ObservationFailed) as error:
        unreachable = isinstance(error, ObservationFailed) and error.reason is Reason.API_UNREACHABLE
        if unreachable or (isinstance(error, TalosRefused) and error.code in PASSING):
            return error.message
        raise
    if found is None:
        return "namespace kube-system does not exist yet"
    return datetime.datetime.fromisoformat(found["metadata"]["creationTimestamp"])


USE_CASE = UseCase("alga_talos_bootstrap", Options, perform, states=TalosState)
