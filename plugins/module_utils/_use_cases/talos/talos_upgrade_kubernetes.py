# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_talos_upgrade_kubernetes: another version of Kubernetes, after a preflight, verified afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from ..._adapters.clock import wait_until
from ..._adapters.cluster.kubernetes import APPS, path
from ..._adapters.cluster.nodes import nodes
from ..._adapters.talos.machine_config import MachineConfig
from ..._adapters.talos.talosctl import PASSING, PLAIN, TalosRefused
from ..._core import names
from ..._core.errors import ActionFailed, ObservationFailed, Refused
from ..._core.results import build
from ..._core.states import Reason, TalosState
from ..._core.talos import talos
from ..._core.talos.talos_kubernetes import Kubernetes, parts
from ..._core.talos.talos_version import is_version, version_of
from .._context import Result, Run, UseCase
from .._options import Confirmed, Waiting, option
from ..confirmation import require
from .talos_site import Site, TalosMachine


@dataclass(frozen=True)
class Options(TalosMachine, Waiting, Confirmed):
    """The version that is to run."""

    cluster: str = option(type="str", required=True)
    version: str = option(type="str", required=True)


_PROXY = "kube-proxy"


def perform(options: Options, run: Run) -> Result:
    """Upgrade where a part of Kubernetes has another version."""
    site, wanted = Site(options, run), f"v{options.version.removeprefix('v')}"
    if not is_version(wanted):
        raise Refused(
            f"{names.TALOS_KUBERNETES_OPTION} is {options.version!r}, which is not a version of Kubernetes such as 1.36.0. "
            "Nothing was changed."
        )
    machine = site.settled(options.progress_timeout)
    if talos.classify(machine) is not TalosState.BOOTSTRAPPED:
        raise site.refused(machine)
    seen = _look(site)
    if seen.is_at(wanted):
        return build(
            state=TalosState.BOOTSTRAPPED.value,
            decision="keep",
            message=f"The machine at {site.node} runs Kubernetes {wanted}.",
            evidence={"versions": seen.versions},
        )
    why = seen.obstacle(wanted)
    if not why and (machine := site.healthy(machine, options.progress_timeout)).unmet:
        why = f"it is not healthy: {talos.unmet(machine)}"
    if why:
        raise Refused(
            f"Could not upgrade Kubernetes on the machine at {site.node} to {wanted}: {why}. Nothing was changed.",
            evidence={"versions": seen.versions},
        )
    if not run.check_mode:
        plan = (
            f"Kubernetes on the machine at {site.node} is upgraded from {_said(seen)} to {wanted}, one component after the other"
        )
        require(options, options.cluster, [plan])
        _upgrade(site, wanted)
    return build(
        state=TalosState.BOOTSTRAPPED.value,
        decision="upgrade",
        message=f"Kubernetes on the machine at {site.node} is upgraded from {_said(seen)} to {wanted}.",
        evidence={"versions": seen.versions, "wanted": wanted},
        changed=True,
        diff={"before": f"{_said(seen)}\n", "after": f"{wanted}\n"} if run.diff else None,
    )


def _said(seen: Kubernetes) -> str:
    return " and ".join(sorted(set(seen.versions.values())))


def _look(site: Site[Options]) -> Kubernetes:
    configured = parts(MachineConfig(site.talosctl).running())
    with site.cluster() as api:
        found, proxy = nodes(api), api.get(path("daemonsets", "kube-system", _PROXY, group=APPS))
    # It is brought along at the very end, so it tells of an upgrade that was killed before.
    version = version_of(proxy["spec"]["template"]["spec"]["containers"][0]["image"]) if proxy else ""
    last = {f"the DaemonSet {_PROXY}": version} if version else {}
    return Kubernetes(
        configured, {node.name: node.version for node in found}, last, [node.name for node in found if not node.ready]
    )


def _upgrade(site: Site[Options], wanted: str) -> None:
    """Talos's own way, part by part; what an earlier one had done before it was killed, it leaves.

    It is not asked for a dry run before, which would write too: talosctl 1.13 applies the configuration for kube-proxy then.

    :raises ActionFailed: when it did not come to its end.
    """
    try:
        site.talosctl.call("upgrade-k8s", "--to", wanted.removeprefix("v"), *PLAIN)
    except TalosRefused as error:
        raise ActionFailed(
            f"The upgrade of Kubernetes to {wanted} did not finish: {error.message} Its components may have different "
            "versions now, and recover.yml leaves them so. Fix what is named here, and run the same playbook again; it "
            "continues from there.",
            evidence=error.evidence,
        ) from None

    def there(seen: Kubernetes | str) -> bool:
        return isinstance(seen, Kubernetes) and seen.is_at(wanted) and not seen.waiting

    def described(seen: Kubernetes | str) -> str:
        if not isinstance(seen, Kubernetes):
            return seen
        return f"{_said(seen)}; not Ready: {', '.join(seen.waiting)}" if seen.waiting else _said(seen)

    wait_until(
        lambda: _looked(site),
        there,
        what=f"Kubernetes on the machine at {site.node} to run {wanted}",
        progress_timeout=site.options.progress_timeout,
        progress=described,
        describe=described,
        next_action="Run the same playbook again; it continues from there.",
    )


def _looked(site: Site[Options]) -> Kubernetes | str:
    """Kubernetes, or why it could not be asked now: its parts were just started anew."""
    try:
        return _look(site)
    except TalosRefused as error:
        if error.code not in PASSING:
            raise
        return error.message
    except ObservationFailed as error:
        if error.reason is not Reason.API_UNREACHABLE:
            raise
        return error.message


USE_CASE = UseCase("alga_talos_upgrade_kubernetes", Options, perform, states=TalosState)
