# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_talos_upgrade: another version of Talos, after a preflight, verified afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from ..._adapters.clock import wait_until
from ..._core import names
from ..._core.errors import Refused
from ..._core.results import build
from ..._core.states import TalosState
from ..._core.talos import talos
from ..._core.talos.talos_version import is_version, no_way_back, refusal, same, version_of
from .._context import Result, Run, UseCase
from .._options import Confirmed, Waiting, option
from ..confirmation import require
from .talos_site import Site, TalosMachine


@dataclass(frozen=True)
class Options(TalosMachine, Waiting, Confirmed):
    """The image of the version that is to run."""

    cluster: str = option(type="str", required=True)
    image: str = option(type="str", required=True)


def perform(options: Options, run: Run) -> Result:
    """Upgrade where another version runs."""
    site, image = Site(options, run), options.image
    wanted = version_of(image)
    if not wanted:
        raise Refused(
            f"{names.TALOS_IMAGE_OPTION} is {image!r}, whose tag is not a version of Talos such as v1.13.0. Nothing was changed."
        )
    machine = site.settled(options.progress_timeout)
    if talos.classify(machine) is not TalosState.BOOTSTRAPPED:
        raise site.refused(machine)
    known = is_version(machine.version)
    if known and same(machine.version, wanted):
        return build(
            state=TalosState.BOOTSTRAPPED.value,
            decision="keep",
            message=f"The machine at {site.node} runs Talos {wanted}.",
            evidence={"version": machine.version},
        )
    unknown = f"it runs {machine.version}, which is not a known version" if machine.version else "it does not report its version"
    why = refusal("Talos", machine.version, wanted) if known else unknown
    if not why and (machine := site.healthy(machine, options.progress_timeout)).unmet:
        why = f"it is not healthy: {talos.unmet(machine)}"
    if why:
        raise Refused(
            f"Could not upgrade the machine at {site.node} to Talos {wanted}: {why}. Nothing was changed.",
            evidence={"version": machine.version},
        )
    lasting = no_way_back(machine.version, wanted)
    if not run.check_mode:
        plan = (
            f"the machine at {site.node} is upgraded from Talos {machine.version} to {wanted} and reboots; the appliance is "
            "unavailable meanwhile"
        )
        require(options, options.cluster, [plan, *([lasting] if lasting else [])])
        _upgrade(site, image, wanted)
    message = f"The machine at {site.node} is upgraded from Talos {machine.version} to {wanted}."
    if run.check_mode and lasting:
        message += f" {lasting}."
    return build(
        state=TalosState.BOOTSTRAPPED.value,
        decision="upgrade",
        message=message,
        evidence={"version": machine.version, "wanted": wanted},
        changed=True,
        diff={"before": f"{machine.version}\n", "after": f"{wanted}\n"} if run.diff else None,
    )


def _upgrade(site: Site[Options], image: str, wanted: str) -> None:
    site.talosctl.call("upgrade", "--image", image, *site.talosctl.told("upgrade"), "--wait=false")
    wait_until(
        site.observe,
        lambda machine: (
            talos.classify(machine) is TalosState.BOOTSTRAPPED and is_version(machine.version) and same(machine.version, wanted)
        ),
        what=f"the machine at {site.node} to run Talos {wanted}",
        progress_timeout=site.options.progress_timeout,
        progress=lambda machine: machine,
        describe=lambda machine: f"{site.said(machine)} It runs {machine.version or 'an unknown version'}",
        next_action="Check its console. If it has rolled back by itself, talosctl dmesg shows why.",
    )


USE_CASE = UseCase("alga_talos_upgrade", Options, perform, states=TalosState)
