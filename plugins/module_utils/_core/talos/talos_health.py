# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a Talos machine is fit for an appliance, and what it lacks."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..states import TalosState
from .talos import Machine, classify
from .talos_config import DATA_PATH


@dataclass(frozen=True)
class Node:
    """One node of Kubernetes.

    :param version: of its kubelet, such as v1.36.0.
    :param taints: keys of those that keep pods away.
    """

    name: str
    version: str
    ready: bool
    taints: t.Sequence[str] = ()


@dataclass(frozen=True)
class Cluster:
    """Kubernetes as it answered.

    :param why: what kept it from being asked; empty where it answered.
    :param lacks_class: StorageClass that was looked for and does not exist.
    """

    why: str = ""
    nodes: t.Sequence[Node] = ()
    lacks_class: str = ""

    def lacks(self) -> list[str]:
        """Everything that is missing, a clause each."""
        if self.why:
            return [f"Kubernetes does not answer ({self.why.rstrip('. ')})"]
        ready = [node for node in self.nodes if node.ready]
        found = [] if ready else ["no Kubernetes node is Ready"]
        if ready and all(node.taints for node in ready):
            taints = sorted({taint for node in ready for taint in node.taints})
            found.append(f"no Ready node accepts pods (taints {', '.join(taints)})")
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
    cluster: Cluster
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
            found.append("its clock is not synchronised")
        if not self.resolvers:
            found.append("it has no DNS server")
        if DATA_PATH not in self.mounts:
            found.append(f"{DATA_PATH} is not mounted, so claims would be on a volume that is not persistent")
        elif not self.mounts[DATA_PATH]:
            found.append(f"{DATA_PATH} is not writable")
        return found + self.cluster.lacks()
