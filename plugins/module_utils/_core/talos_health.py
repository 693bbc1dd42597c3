# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a Talos machine is fit for an appliance, and what it lacks."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .states import TalosState
from .talos import Machine, classify
from .talos_config import DATA_PATH


@dataclass(frozen=True)
class Node:
    """The machine as Kubernetes knows it.

    :param why: what kept Kubernetes from being asked; empty where it answered.
    :param ready: whether one node is Ready.
    :param taints: keys of the taints that keep pods from the nodes that are Ready.
    :param lacks_class: StorageClass that was looked for and does not exist.
    """

    why: str = ""
    ready: bool = False
    taints: t.Sequence[str] = ()
    lacks_class: str = ""

    def lacks(self) -> list[str]:
        """Everything that is missing, a clause each."""
        if self.why:
            return [f"Kubernetes does not answer ({self.why.rstrip('. ')})"]
        found = [] if self.ready else ["no node of Kubernetes is Ready"]
        if self.taints:
            found.append(f"its node takes no pods ({', '.join(self.taints)})")
        if self.lacks_class:
            found.append(f"StorageClass {self.lacks_class} does not exist")
        return found


@dataclass(frozen=True)
class Health:
    """What was seen of the machine's parts.

    :param time_synced: None where it does not say.
    :param mounts: mounted paths, and whether each can be written to.
    :param resolvers: DNS servers.
    :param disks: bytes of each disk, by its name.
    """

    machine: Machine
    node: Node
    time_synced: bool | None = None
    mounts: t.Mapping[str, bool] = field(default_factory=dict)
    resolvers: t.Sequence[str] = ()
    disks: t.Mapping[str, int] = field(default_factory=dict)

    def lacks(self) -> list[str]:
        """Everything that is missing, a clause each."""
        if classify(self.machine) is not TalosState.BOOTSTRAPPED:
            return [f"it is {classify(self.machine).value}"]
        found = [f"{name}: {reason}" for name, reason in self.machine.unmet.items()]
        found += [
            f"service {name} {'is not healthy' if runs else 'does not run'}"
            for name, (runs, healthy) in self.machine.services.items()
            if not runs or healthy is False
        ]
        if self.time_synced is not True:
            found.append("its time is not in sync")
        if not self.resolvers:
            found.append("it has no DNS server")
        if DATA_PATH not in self.mounts:
            found.append(f"{DATA_PATH} is not mounted, and claims would lie on a volume that does not last")
        elif not self.mounts[DATA_PATH]:
            found.append(f"{DATA_PATH} cannot be written to")
        return found + self.node.lacks()
