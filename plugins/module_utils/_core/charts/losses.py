# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What in a chart loses data or secrets: Secrets of hooks, and claims that helm deletes (W15)."""

from __future__ import annotations

import typing as t

from .manifest import Item, get, mapping, sequence, text
from .rendered import HOOK, Charts
from .rows import ChartFinding, Row

_KEEP = "helm.sh/resource-policy"
# Events at which helm runs a hook and the release goes on.
_UPGRADE = frozenset(("pre-upgrade", "post-upgrade"))
_MADE_AGAIN = _UPGRADE | {"pre-install", "post-install"}
_UPSIDE_DOWN = "keepPvcOnUninstall"
_ORDINARY = (
    f"Use a version of the chart that renders it as an ordinary object with {_KEEP}: keep. Until then, keep an encrypted copy "
    "of it."
)
_OUTSIDE = (
    "Create the claim outside the release and name it as existingClaim in the chart's values, as this collection does for the "
    "core."
)
_IF_MOUNTED = (
    "If nothing else mounts it, nothing has to be done. If a pod of another chart does, check that chart together with this one."
)


def hook_secrets(charts: Charts) -> t.Iterator[ChartFinding]:
    """Secrets that a hook creates, and a pod of the release reads (F12).

    Charts keep generated values over upgrades in a hook that runs only at the installation; only the others lose them in between.
    """
    for secret in charts.of_kind("Secret"):
        reading = charts.references.get((secret.namespace, secret.name), [])
        users = dict.fromkeys(str(each.item) for each in reading if HOOK not in each.item.annotations)
        events = _events(secret) & _MADE_AGAIN
        if not events or not users:
            continue
        what = f"{secret} belongs to a hook, and {', '.join(users)} reads it. "
        if events & _UPGRADE:
            row = Row.HOOK_SECRET
            what += "Helm deletes it and creates it again in each upgrade; if the upgrade stops in between, its keys are lost."
        else:
            row = Row.INSTALL_HOOK_SECRET
            what += "Upgrades leave it alone, but if the release is uninstalled and installed again, helm replaces its keys."
        yield ChartFinding(row, secret.chart, secret.place("metadata", "annotations", HOOK), what, _ORDINARY)


def unkept_claims(charts: Charts) -> t.Iterator[ChartFinding]:
    """Claims that helm deletes with the release (F36); one that no pod mounts has no data of these charts."""
    upside_down = {chart.name for chart in charts.charts if _is_set(chart.values, _UPSIDE_DOWN)}
    for claim in charts.of_kind("PersistentVolumeClaim"):
        hook = HOOK in claim.annotations
        if (hook and not _events(claim) & _MADE_AGAIN) or (_is_kept(claim) and not hook):
            continue
        if hook:
            what = f"{claim} belongs to a hook: helm deletes it and creates it again."
        elif claim.chart in upside_down:
            what = f"{claim} has no {_KEEP}: keep. {_UPSIDE_DOWN} is true, but the chart ignores it or inverts its meaning."
        else:
            what = f"{claim} has no {_KEEP}: keep, so helm uninstall deletes it."
        if charts.mounts(claim):
            yield ChartFinding(Row.UNKEPT_CLAIM, claim.chart, claim.place("metadata"), what, _OUTSIDE)
        else:
            what += " No pod of these charts mounts it."
            yield ChartFinding(Row.UNMOUNTED_CLAIM, claim.chart, claim.place("metadata"), what, _IF_MOUNTED)
    for workload in charts.of_kind("StatefulSet"):
        deletes = text(workload.get("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted")) == "Delete"
        if deletes and sequence(workload.get("spec", "volumeClaimTemplates")):
            yield ChartFinding(
                Row.UNKEPT_CLAIM,
                workload.chart,
                workload.place("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"),
                f"{workload} deletes its claims when it is deleted.",
                "Set persistentVolumeClaimRetentionPolicy.whenDeleted to Retain.",
            )


def _is_kept(item: Item) -> bool:
    """Whether helm leaves it when it deletes the release; helm, too, ignores case and white space here."""
    return text(item.annotations.get(_KEEP)).strip().lower() == "keep"


def _events(item: Item) -> set[str]:
    """The events at which helm runs a hook."""
    return {event.strip() for event in text(item.annotations.get(HOOK)).split(",")}


def _is_set(values: t.Any, name: str) -> bool:
    """Whether a value of this name, at any depth, is true."""
    found = mapping(values)
    return get(values, name) is True or any(_is_set(value, name) for value in found.values())
