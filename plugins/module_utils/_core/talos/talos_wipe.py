# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What wiping a partition of a Talos machine takes with it, and what an earlier installation has left on its disks."""

from __future__ import annotations

import re
import typing as t
from enum import Enum

from .. import names
from .talos_config import DATA_VOLUME

STATE, EPHEMERAL, ETCD = "STATE", "EPHEMERAL", "ETCD"
# How Talos labels the partition of a user volume (Talos: UserVolumePrefix).
USER_PREFIX = "u-"
# And of one without a file system (Talos: RawVolumePrefix).
_RAW_PREFIX = "r-"
DATA_LABEL = f"{USER_PREFIX}{DATA_VOLUME}"
_LABEL = re.compile(rf"{STATE}|{EPHEMERAL}|{ETCD}|{USER_PREFIX}[a-z0-9-]{{1,34}}")


class Outcome(Enum):
    """What a wipe leaves behind."""

    MAINTENANCE = "the machine loses its configuration and starts in maintenance mode"
    # Kubernetes forgets claims, volumes and Secrets, and the files stay: no chart's guard sees them.
    ORPHANED_DATA = f"etcd, and with it every Kubernetes object, is lost, and the data under /var/mnt/{DATA_VOLUME} is orphaned"
    EMPTY = f"etcd, every Kubernetes object and the data under /var/mnt/{DATA_VOLUME} are lost"
    DATA_LOST = f"the data under /var/mnt/{DATA_VOLUME} is lost, and Kubernetes continues without it"
    NOTHING = "the appliance loses nothing"


def wrong(labels: t.Sequence[str]) -> list[str]:
    """Everything that is wrong with the labels, a sentence each."""
    errors = [] if labels else [f"{names.TALOS_WIPE_OPTION} is empty; a reset without labels would wipe every disk."]
    return errors + [
        f"{names.TALOS_WIPE_OPTION} has {label!r}; it must be {STATE}, {EPHEMERAL}, {ETCD}, or {USER_PREFIX} followed by a "
        "volume's name."
        for label in labels
        if not _LABEL.fullmatch(label)
    ]


def outcome(labels: t.Collection[str]) -> Outcome:
    """What is left when these partitions are wiped (docs/talos.md has the same as a table)."""
    if STATE in labels:
        return Outcome.MAINTENANCE
    if {EPHEMERAL, ETCD} & set(labels):
        return Outcome.EMPTY if DATA_LABEL in labels else Outcome.ORPHANED_DATA
    return Outcome.DATA_LOST if DATA_LABEL in labels else Outcome.NOTHING


def earlier(volumes: t.Mapping[str, t.Mapping[str, t.Any]]) -> list[str]:
    """What an earlier installation of Talos has left on the disks, by its partitions' labels.

    A disk, a loop or a mapped device is listed as well, and has no such label.

    :param volumes: DiscoveredVolumes by their id, each its spec.
    """
    labels = sorted({str(spec.get("partition_label") or "") for spec in volumes.values()})
    return [label for label in labels if label in (STATE, EPHEMERAL, ETCD) or label.startswith((USER_PREFIX, _RAW_PREFIX))]
