# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every status that helm gives the last revision of a release, and what is done where it is found (R7).

The values are those of Helm 3 and 4 (release/v1, status.go). One that is not among them is named and acted on by nobody.
"""

from __future__ import annotations

from enum import StrEnum


class Way(StrEnum):
    """What is done about a release."""

    COMPARE = "compare"
    RUN = "run"
    FORGET = "forget"
    REFUSE = "refuse"


class HelmStatus(StrEnum):
    """Helm's own words."""

    UNKNOWN = "unknown"
    DEPLOYED = "deployed"
    UNINSTALLED = "uninstalled"
    SUPERSEDED = "superseded"
    FAILED = "failed"
    UNINSTALLING = "uninstalling"
    PENDING_INSTALL = "pending-install"
    PENDING_UPGRADE = "pending-upgrade"
    PENDING_ROLLBACK = "pending-rollback"


_WAYS = {
    # Helm has lost track of it, and so nobody knows which objects its next run would take for its own.
    HelmStatus.UNKNOWN: Way.REFUSE,
    HelmStatus.DEPLOYED: Way.COMPARE,
    # These three helm upgrades or installs anew by itself, from the last revision that it knows.
    HelmStatus.UNINSTALLED: Way.RUN,
    HelmStatus.SUPERSEDED: Way.RUN,
    HelmStatus.FAILED: Way.RUN,
    # Somebody's run that did not end. Helm refuses every later one for it ("another operation", "has no deployed releases"),
    # until this revision's record is gone; objects that still exist are taken over by their marks.
    HelmStatus.UNINSTALLING: Way.FORGET,
    HelmStatus.PENDING_INSTALL: Way.FORGET,
    HelmStatus.PENDING_UPGRADE: Way.FORGET,
    HelmStatus.PENDING_ROLLBACK: Way.FORGET,
}


def way(status: str) -> Way:
    """What is done about a release of this status; one that nobody has seen is refused."""
    try:
        return _WAYS[HelmStatus(status)]
    except ValueError:
        return Way.REFUSE
