# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine that runs Talos: what was seen of it, and which state that is."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from enum import StrEnum

from . import names
from .states import TalosState

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


@dataclass(frozen=True)
class Machine:
    """What was seen of a machine.

    :param door: how its API answers.
    :param why: what the system said where the door is closed or strange.
    :param stage: of its MachineStatus; empty where it could not be read.
    :param unmet: conditions that its MachineStatus names as not met, with their reasons.
    :param services: whether each service runs and is healthy; None is a health that nobody checks.
    :param version: of Talos, such as v1.13.0; empty in maintenance mode.
    """

    door: Door
    why: str = ""
    stage: str = ""
    unmet: t.Mapping[str, str] = field(default_factory=dict)
    services: t.Mapping[str, tuple[bool, bool | None]] = field(default_factory=dict)
    version: str = ""


# Stages of MachineStatus by what they mean here; "running" depends on etcd.
_STAGES = {
    "maintenance": TalosState.MAINTENANCE,
    "booting": TalosState.BOOTING,
    "installing": TalosState.BOOTING,
    "rebooting": TalosState.BOOTING,
    "upgrading": TalosState.UPGRADING,
}


def classify(machine: Machine) -> TalosState:
    """Say which state a machine is in; what was not seen for certain is ``unknown``.

    A machine is ``bootstrapped`` when its etcd runs: Talos starts etcd without a bootstrap only where its data is there already.
    """
    match machine.door:
        case Door.CLOSED:
            return TalosState.UNREACHABLE
        case Door.OTHER:
            return TalosState.CONFIGURED_WITH_OTHER_PKI
        case Door.OPEN:
            return TalosState.MAINTENANCE if machine.stage == "maintenance" else TalosState.UNKNOWN
        case Door.OURS:
            if machine.stage != "running":
                return _STAGES.get(machine.stage, TalosState.UNKNOWN)
            if ETCD not in machine.services:
                return TalosState.UNKNOWN
            return TalosState.BOOTSTRAPPED if machine.services[ETCD][0] else TalosState.CONFIGURED
    return TalosState.UNKNOWN


_SEEN = {
    TalosState.UNREACHABLE: ("does not answer ({why})", "Start the machine and check {node}, then run the same playbook again."),
    TalosState.MAINTENANCE: ("is in maintenance mode: it has no configuration", "Run fresh.yml to give it one."),
    TalosState.CONFIGURED: (
        "has our configuration, and its etcd was not bootstrapped",
        "Run fresh.yml where it is new; where it had data before, recover.yml says what is left of it.",
    ),
    TalosState.CONFIGURED_WITH_OTHER_PKI: (
        "is configured, and its certificate is not of the authority in {folder}",
        "Put the secrets.yaml that it was configured with into the folder which {folder_option} names. They are never made anew "
        "for a machine that is configured (F47).",
    ),
    TalosState.BOOTING: ("is booting (stage {stage})", "Wait until it has booted, then run the same playbook again."),
    TalosState.BOOTSTRAPPED: ("has our configuration, and its etcd runs", ""),
    TalosState.UPGRADING: ("is being upgraded", "Wait until it has booted, then run the same playbook again."),
    TalosState.UNKNOWN: (
        "answers in a way that is none of Talos's ({why})",
        "Check with {node} that the address is the machine's API, port 50000 where none is given.",
    ),
}


def describe(node: str, folder: str, machine: Machine) -> tuple[str, str]:
    """Say in a sentence what a machine is, and what to do next.

    :param node: its address, as the operator wrote it.
    :param folder: where its secrets are kept.
    """
    seen, next_action = _SEEN[classify(machine)]
    facts = {
        "why": machine.why or f"stage {machine.stage or 'unknown'}",
        "stage": machine.stage,
        "folder": folder,
        "node": names.TALOS_NODE_OPTION,
        "folder_option": names.TALOS_FOLDER_OPTION,
    }
    return f"The machine at {node} {seen.format(**facts)}.", next_action.format(**facts)
