# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_talos_config: the machine configuration, compared with what runs and applied where it differs."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

from ..._adapters.clock import wait_until
from ..._adapters.talos import machine_config
from ..._adapters.talos.machine_config import MachineConfig
from ..._adapters.talos.talosctl import TalosRefused
from ..._core import names
from ..._core.counting import counted
from ..._core.errors import Refused
from ..._core.results import build
from ..._core.states import Mode, TalosState
from ..._core.storage import local_path
from ..._core.talos import talos, talos_secrets
from ..._core.talos.talos import Door, Machine
from ..._core.talos.talos_config import (
    ApplyMode,
    Difference,
    Document,
    Hider,
    alone,
    contract,
    differences,
    installer_of,
    kept,
    volume,
)
from ..._core.talos.talos_version import version_of
from ..._core.talos.talos_wipe import earlier
from .._context import Result, Run, UseCase
from .._options import Confirmed, Waiting, option
from ..confirmation import require
from .talos_site import Site, TalosCluster, dumped, endpoint_of


@dataclass(frozen=True)
class Options(TalosCluster, Waiting, Confirmed):
    """What the machine is configured as, and when that may take effect."""

    mode: Mode = option(type="str", choices=Mode, default=Mode.RECOVER)
    install_disk: str = option(type="str", default="")
    storage_disk: str = option(type="str", default="")
    storage_class: str = option(type="str", default=local_path.STORAGE_CLASS)
    kubernetes_version: str = option(type="str", default="")
    provisioner_version: str = option(type="str", default=local_path.VERSION)
    installer_image: str = option(type="str", default="")
    patches: list[dict[str, t.Any]] = option(type="list", elements="dict", default=[], no_log=True)
    apply_mode: ApplyMode = option(type="str", choices=ApplyMode, default=ApplyMode.NO_REBOOT)


_CONFIGURED = (TalosState.CONFIGURED, TalosState.BOOTSTRAPPED)
_AGAIN = "Run the same playbook again; it continues from there."


def perform(options: Options, run: Run) -> Result:
    """Compare, and apply what differs."""
    site = Site(options, run)
    secrets = site.secrets()
    if secrets is None:
        return _without_secrets(site)
    config, machine = MachineConfig(site.talosctl), site.settled(options.progress_timeout, talos.takes_configuration)
    state = talos.classify(machine)
    if state is TalosState.MAINTENANCE:
        return _install(site, config, _wanted(site, [], site.talosctl.version(insecure=True)))
    if not talos.takes_configuration(machine):
        raise site.refused(machine)
    hider = Hider(os.urandom(16), talos_secrets.values(secrets))
    return _converge(Converging(site, config, _wanted(site, config.running(), machine.version), hider), state)


def _wanted(site: Site[Options], running: t.Sequence[Document], version: str) -> str:
    """The configuration that the options ask for, judged by talosctl.

    :param running: the one that runs, whose images stay; empty on a new machine.
    :param version: of Talos on the machine; empty where it is not known.
    """
    # A new machine boots next what is installed on it.
    versions = [version] if running else [version, version_of(site.options.installer_image), site.talosctl.own_version()]
    written = contract(running, versions)
    options = site.options
    asked = {
        "install-disk": options.install_disk,
        "install-image": installer_of(running) or options.installer_image,
        "kubernetes-version": options.kubernetes_version.removeprefix("v"),
        "talos-version": written,
    }
    provisioner = (
        [local_path.patch(options.provisioner_version.removeprefix("v"))]
        if options.storage_class == local_path.STORAGE_CLASS
        else []
    )
    # The operator's own come last, and have the last word.
    own = (alone(written), volume(options.storage_disk), *provisioner, *kept(running))
    patches = [dumped(dict(patch)) for patch in (*own, *options.patches)]
    try:
        given = {name: value for name, value in asked.items() if value}
        text = site.talosctl.configuration(
            options.cluster, endpoint_of(site.node, options.endpoint), site.secrets_file, given, patches
        )
        site.talosctl.validate(text)
    except TalosRefused as error:
        raise Refused(
            f"Could not generate the machine configuration of {site.node}: {error.message} Nothing was changed. Correct "
            f"{names.TALOS_PATCHES_OPTION} or the option that it names."
        ) from None
    return text


def _without_secrets(site: Site[Options]) -> Result:
    """In check mode there are none yet on a new machine; the step before this one says so."""
    if not site.run.check_mode:
        raise Refused(
            f"Could not generate the machine configuration of {site.node}: {site.secrets_file} does not exist. Nothing was "
            "changed. Use alga_talos_secrets first."
        )
    machine = site.observe()
    if talos.classify(machine) is not TalosState.MAINTENANCE:
        raise site.refused(machine)
    _guard(site)
    return _installed(site)


def _installed(site: Site[Options]) -> Result:
    message = f"The machine at {site.node} had no configuration; it is given one, installs Talos and reboots."
    return build(
        state=TalosState.MAINTENANCE.value,
        decision="install",
        message=message,
        evidence={"reboot_required": False, "differences": []},
        changed=True,
        diff={"before": "", "after": f"{message}\n"} if site.run.diff else None,
    )


def _guard(site: Site[Options]) -> None:
    """Installing writes a partition table, so a disk that an earlier installation used is not taken for an empty one.

    :raises Refused: by a first run, where partitions are there; by a recovery, unless the operator names the cluster.
    """
    left = earlier(site.talosctl.get("discoveredvolumes", insecure=True))
    if site.options.mode is Mode.FRESH:
        if left:
            raise Refused(
                f"The machine at {site.node} has no configuration, but its disks hold partitions {', '.join(left)} of an "
                "earlier installation, which may be the only copy of somebody's data. Nothing was changed. Run recover.yml "
                "with the secrets of that installation to bring it back; if nobody needs it, wipe its disks first.",
                evidence={"state": TalosState.MAINTENANCE.value, "partitions": left},
            )
        return
    if not site.run.check_mode:
        kept = (
            f"partitions {', '.join(left)} are left on its disks" if left else "no partition of an earlier installation is left"
        )
        plan = f"the machine at {site.node}, which lost its configuration, is configured again from {site.secrets_file}"
        require(site.options, site.options.cluster, [plan, kept])


def _install(site: Site[Options], config: MachineConfig, wanted: str) -> Result:
    _guard(site)
    if not site.run.check_mode:
        wait_until(
            lambda: config.install(wanted),
            lambda kept: not kept or site.observe().door is Door.OURS,
            what=f"the machine at {site.node} to accept its configuration",
            progress_timeout=site.options.progress_timeout,
            progress=str,
            next_action=_AGAIN,
        )
        _wait(site, lambda machine: talos.classify(machine) in _CONFIGURED)
    return _installed(site)


def _wait(site: Site[Options], done: t.Callable[[Machine], bool]) -> None:
    wait_until(
        site.observe,
        done,
        what=f"the machine at {site.node} to run its configuration",
        progress_timeout=site.options.progress_timeout,
        progress=lambda machine: machine,
        describe=site.said,
        next_action=f"Check its console. {_AGAIN}",
    )


@dataclass(frozen=True)
class Converging:
    """A machine that runs a configuration, and the one that is wanted."""

    site: Site[Options]
    config: MachineConfig
    wanted: str
    hider: Hider

    def differences(self) -> list[Difference]:
        """What differs now."""
        return differences(self.config.running(), machine_config.documents(self.wanted), self.hider)


def _converge(converging: Converging, state: TalosState) -> Result:
    site, mode = converging.site, converging.site.options.apply_mode
    found = converging.differences()
    if not found:
        return build(
            state=state.value,
            decision="keep",
            message=f"The machine at {site.node} runs the desired configuration.",
            evidence={"reboot_required": False, "differences": []},
        )
    reboot = converging.config.needs_reboot(converging.wanted)
    evidence = {"reboot_required": reboot, "differences": [each.path for each in found]}
    if reboot and mode is ApplyMode.NO_REBOOT and not site.run.check_mode:
        raise Refused(
            f"The configuration of the machine at {site.node} differs in {counted(len(found), 'value')}, and not every change "
            f"takes effect without a reboot. Nothing was changed. Set {names.TALOS_APPLY_OPTION} to {ApplyMode.REBOOT.value} "
            f"to reboot it now, or to {ApplyMode.STAGED.value} to apply them at its next reboot.",
            evidence={**evidence, "state": state.value},
        )
    if not site.run.check_mode:
        _apply(converging, mode, reboot=reboot)
    late = {
        ApplyMode.NO_REBOOT: f"only after a reboot, and {names.TALOS_APPLY_OPTION} does not allow it",
        ApplyMode.STAGED: "at the machine's next reboot",
        ApplyMode.REBOOT: "after a reboot",
    }
    when = late[mode] if reboot or mode is ApplyMode.STAGED else "immediately"
    shown = "".join(f"{each.path}: {each.running} -> {each.wanted}\n" for each in found)
    return build(
        state=state.value,
        decision="apply",
        message=f"The configuration of the machine at {site.node} differs in {counted(len(found), 'value')}; the change takes "
        f"effect {when}.",
        evidence=evidence,
        drift=True,
        changed=True,
        diff={"before": "", "after": shown} if site.run.diff else None,
    )


def _apply(converging: Converging, mode: ApplyMode, *, reboot: bool) -> None:
    site = converging.site
    how = ApplyMode.NO_REBOOT if mode is not ApplyMode.STAGED and not reboot else ApplyMode.STAGED
    wait_until(
        lambda: converging.config.apply(converging.wanted, how.value),
        lambda kept: not kept,
        what=f"the machine at {site.node} to accept its configuration",
        progress_timeout=site.options.progress_timeout,
        progress=str,
        next_action=_AGAIN,
    )
    if mode is ApplyMode.REBOOT and reboot:
        before = site.talosctl.boot_id()
        site.talosctl.call("reboot", "--wait=false")
        _wait(site, lambda machine: talos.classify(machine) in _CONFIGURED and site.booted_since(before))


USE_CASE = UseCase("alga_talos_config", Options, perform, states=TalosState)
