# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine that runs Talos: what was seen of it, and which state that is."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from enum import StrEnum

from .. import names
from ..states import TalosState

ETCD = "etcd"


class Door(StrEnum):
    """How the machine's API meets a caller, as its TLS handshake shows."""

    CLOSED = "closed"
    # A certificate signed by itself, and nobody is asked for one: maintenance mode.
    OPEN = "open"
    # A certificate of the authority in our secrets, and a client certificate is asked for.
    OURS = "ours"
    # A client certificate is asked for, under another authority.
    OTHER = "other"
    # Something answers, and it is neither.
    STRANGE = "strange"


class EtcdData(StrEnum):
    """What lies in etcd's data directory, which alone decides whether Talos takes a bootstrap (Talos: API Bootstrap)."""

    # Its volume is not mounted, or could not be looked into.
    UNSEEN = "unseen"
    EMPTY = "empty"
    PRESENT = "present"


@dataclass(frozen=True)
class Machine:
    """What was seen of a machine.

    :param door: how its API answers.
    :param why: what was said where it is closed or strange, or where it answered and could not be asked.
    :param stage: of its MachineStatus; empty where it has none yet.
    :param unmet: conditions that its MachineStatus names as not met, with their reasons.
    :param services: whether each service is healthy that runs; None is a health that nobody checks.
    :param version: of Talos, such as v1.13.0; empty in maintenance mode.
    :param etcd_data: looked at while etcd does not run.
    """

    door: Door
    why: str = ""
    stage: str = ""
    unmet: t.Mapping[str, str] = field(default_factory=dict)
    services: t.Mapping[str, tuple[bool, bool | None]] = field(default_factory=dict)
    version: str = ""
    etcd_data: EtcdData = EtcdData.UNSEEN

    @property
    def etcd_runs(self) -> bool:
        """Whether etcd's process runs; it may be unhealthy."""
        return self.services.get(ETCD, (False, None))[0]

    @property
    def etcd_healthy(self) -> bool:
        """Whether etcd runs and is healthy."""
        return self.services.get(ETCD) == (True, True)


BOOTING, RUNNING, MAINTENANCE = "booting", "running", "maintenance"
# Stages of MachineStatus in which services run, or are being started.
UP = (BOOTING, RUNNING)
# What stages mean by themselves (Talos: MachineStage); there is none before machined has begun its first sequence.
_STAGES = {
    "": TalosState.BOOTING,
    "unknown": TalosState.BOOTING,
    "booting": TalosState.BOOTING,
    "installing": TalosState.BOOTING,
    "rebooting": TalosState.BOOTING,
    "resetting": TalosState.BOOTING,
    "shutting down": TalosState.BOOTING,
    "upgrading": TalosState.UPGRADING,
}
# While it is one of these, another look finds another state.
_PASSING = (TalosState.BOOTING, TalosState.UPGRADING)


def classify(machine: Machine) -> TalosState:
    """Say which state a machine is in; what was not seen for certain is ``unknown``."""
    match machine.door:
        case Door.CLOSED:
            return TalosState.UNREACHABLE
        case Door.OTHER:
            return TalosState.CONFIGURED_WITH_OTHER_PKI
        case Door.STRANGE:
            return TalosState.UNKNOWN
        case _ if machine.why:
            return TalosState.UNKNOWN
        case Door.OPEN if machine.stage == MAINTENANCE:
            return TalosState.MAINTENANCE
        # It has just taken its configuration.
        case Door.OURS if machine.stage == MAINTENANCE:
            return TalosState.BOOTING
        case Door.OURS if machine.stage in UP:
            return _of_etcd(machine)
        case Door.OPEN | Door.OURS:
            return _STAGES.get(machine.stage, TalosState.UNKNOWN)
    t.assert_never(machine.door)


def _of_etcd(machine: Machine) -> TalosState:
    """The state of a machine whose services run or are being started.

    Its stage does not tell: the boot of a control plane ends when etcd is up, so before the bootstrap never (Talos: task
    StartAllServices, whose service etcd waits for others to join meanwhile, and is not listed). A passing reason, such as an
    image that is being pulled, looks the same. Etcd that runs has data; it is not started without, unless somebody bootstraps.
    """
    if machine.etcd_runs:
        return TalosState.BOOTSTRAPPED
    if machine.etcd_data is EtcdData.EMPTY:
        return TalosState.CONFIGURED
    if machine.stage == BOOTING:
        return TalosState.BOOTING
    return TalosState.BOOTSTRAPPED if machine.etcd_data is EtcdData.PRESENT else TalosState.UNKNOWN


def passing(machine: Machine) -> bool:
    """Whether another look may find another state: it is on its way, or its API began to answer and broke off."""
    return classify(machine) in _PASSING or (machine.door in (Door.OPEN, Door.OURS) and bool(machine.why))


def unmet(machine: Machine) -> str:
    """The conditions that a machine does not meet, with their reasons."""
    return "; ".join(f"{name}: {reason}" for name, reason in machine.unmet.items())


def takes_configuration(machine: Machine) -> bool:
    """Whether a machine that has our configuration takes another one; while services start too, which it may keep from it."""
    return machine.door is Door.OURS and not machine.why and machine.stage in UP


_SEEN = {
    TalosState.UNREACHABLE: ("does not answer ({why})", "Start the machine and check {node}, then run the same playbook again."),
    TalosState.MAINTENANCE: ("is in maintenance mode: it has no configuration", "Run fresh.yml to configure it."),
    TalosState.CONFIGURED: (
        "has the configuration of this cluster, and its etcd has no data ({stage})",
        "If it is new, run fresh.yml; if it had data before, recover.yml reports what is left of it.",
    ),
    TalosState.CONFIGURED_WITH_OTHER_PKI: (
        "is configured, but its certificate was not issued by the certificate authority in {folder}",
        "Put the secrets.yaml that it was configured with into the directory that {folder_option} names. Secrets are never "
        "created again for a configured machine.",
    ),
    TalosState.BOOTING: ("is not up yet ({stage})", "Wait until it has booted, then run the same playbook again."),
    TalosState.BOOTSTRAPPED: ("has the configuration of this cluster, and its etcd {etcd}", ""),
    TalosState.UPGRADING: ("is being upgraded", "Wait until it has booted, then run the same playbook again."),
    TalosState.UNKNOWN: (
        "answers, but its state cannot be determined ({why})",
        "Check in {node} that the address is that of the machine's API, with a port if it is not 50000.",
    ),
}


def describe(node: str, folder: str, machine: Machine) -> tuple[str, str]:
    """Say in a sentence what a machine is, and what to do next.

    :param node: its address, as the operator wrote it.
    :param folder: where its secrets are kept.
    """
    seen, next_action = _SEEN[classify(machine)]
    stage = f"stage {machine.stage or 'unknown'}"
    facts = {
        "why": machine.why or stage,
        "stage": "; ".join(filter(None, (stage, unmet(machine)))),
        "etcd": "runs" if machine.etcd_runs else "has data and is not running",
        "folder": folder,
        "node": names.TALOS_NODE_OPTION,
        "folder_option": names.TALOS_FOLDER_OPTION,
    }
    return f"The machine at {node} {seen.format(**facts)}.", next_action.format(**facts)
