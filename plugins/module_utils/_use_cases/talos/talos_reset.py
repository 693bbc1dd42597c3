# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_talos_reset: wipe named partitions of a machine, and nothing that was not named."""

from __future__ import annotations

from dataclasses import dataclass

from ..._adapters.clock import wait_until
from ..._core import names
from ..._core.errors import Refused
from ..._core.results import build
from ..._core.states import TalosState
from ..._core.talos import talos
from ..._core.talos.talos_wipe import Outcome, outcome, wrong
from .._context import Result, Run, UseCase
from .._options import Confirmed, Waiting, option
from ..confirmation import require
from .talos_site import Site, TalosMachine


@dataclass(frozen=True)
class Options(TalosMachine, Waiting, Confirmed):
    """What is wiped."""

    cluster: str = option(type="str", required=True)
    labels: list[str] = option(type="list", elements="str", required=True)


def perform(options: Options, run: Run) -> Result:
    """Wipe, after the operator typed whose machine it is."""
    site, labels = Site(options, run), options.labels
    if errors := wrong(labels):
        raise Refused(f"{' '.join(errors)} Nothing was changed.", evidence={"errors": errors})
    machine = site.settled(options.progress_timeout)
    state = talos.classify(machine)
    ends = outcome(labels)
    if state is TalosState.MAINTENANCE and ends is Outcome.MAINTENANCE:
        return build(state=state.value, decision="keep", message=site.said(machine))
    if state not in (TalosState.CONFIGURED, TalosState.BOOTSTRAPPED):
        raise site.refused(machine)
    where = f"{options.cluster}/{site.node}"
    plan = [f"partitions {', '.join(labels)} of the machine at {site.node} are wiped, and it reboots", ends.value]
    if not run.check_mode:
        require(options, where, plan)
        _wipe(site, labels)
    message = f"Partitions {', '.join(labels)} of the machine at {site.node} are wiped; {ends.value}."
    return build(
        state=state.value,
        decision="wipe",
        message=message,
        next_action=f"To confirm, set {names.CONFIRM_OPTION} to {where}." if run.check_mode else "",
        evidence={"labels": list(labels), "outcome": ends.name.lower()},
        changed=True,
        diff={"before": "", "after": f"{message}\n"} if run.diff else None,
    )


def _wipe(site: Site[Options], labels: list[str]) -> None:
    """A graceful reset leaves etcd first, which the only member cannot; so none is asked for."""
    before = site.talosctl.boot_id()
    wiped = [word for label in labels for word in ("--system-labels-to-wipe", label)]
    site.talosctl.call("reset", "--graceful=false", "--reboot", "--wait=false", *wiped)
    wait_until(
        site.observe,
        lambda machine: (
            talos.classify(machine) is TalosState.MAINTENANCE
            if outcome(labels) is Outcome.MAINTENANCE
            else talos.classify(machine) in (TalosState.CONFIGURED, TalosState.BOOTSTRAPPED) and site.booted_since(before)
        ),
        what=f"the machine at {site.node} to have booted",
        progress_timeout=site.options.progress_timeout,
        progress=lambda machine: machine,
        describe=site.said,
        next_action="Check its console.",
    )


USE_CASE = UseCase("alga_talos_reset", Options, perform, states=TalosState)
