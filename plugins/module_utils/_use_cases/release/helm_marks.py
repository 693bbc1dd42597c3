# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of this appliance that a chart would make and that lack Helm's marks: looked at, compared, and marked (R30)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._adapters.cluster.kubernetes import CORE, Json, KubernetesApi, path
from ..._adapters.release.helm import Rendering
from ..._core import names
from ..._core.errors import Refused
from ..._core.release.ownership import lacking, other_owner, ours
from ..._core.release.release import Identity, identity, replaced_keys
from .._options import Released


@dataclass(frozen=True)
class Unmarked:
    """One object, where it is and which marks it lacks."""

    identity: Identity
    url: str
    marks: t.Mapping[str, t.Mapping[str, str]]

    def told(self, release: str) -> str:
        """What happens to it, in words."""
        return f"{self.identity} exists and is adopted into Helm release {release}"


def unmarked(api: KubernetesApi, options: Released, rendering: Rendering) -> list[Unmarked]:
    """The objects that helm would refuse to import, each compared with what the chart makes of it.

    :raises Refused: where one is not this appliance's, or is another thing than the chart would make.
    """
    found, problems = [], []
    for item in rendering.objects:
        url = _url(api, options.namespace, item)
        present = api.get(url) if url else None
        marks = lacking(present, options.release, options.namespace) if present else {}
        owner = other_owner(present, options.release, options.namespace) if present else ""
        if present is None or not (marks or owner):
            continue
        name = identity(item)
        values = {str(item["metadata"]["name"]): present.get("data") or {}} if item["kind"] == "Secret" else {}
        changed = [key for keys in replaced_keys([item], values).values() for key in keys]
        if owner:
            problems.append(f"{name} belongs to {owner}")
        elif not ours({**present, "kind": item["kind"]}, options.release, options.appliance.contract):
            problems.append(f"{name} carries no mark of this appliance")
        elif changed:
            problems.append(f"{name} would get values for {', '.join(changed)} other than it has")
        else:
            found.append(Unmarked(name, url, marks))
    if problems:
        raise Refused(
            f"Chart {options.chart} creates objects that already exist and that Helm release {options.release} does not "
            f"own: {'; '.join(problems)}. helm was not run, and nothing was changed. Rename what belongs to something else, "
            f"or mark the objects of this appliance by hand (label {names.MANAGED_BY_LABEL}=Helm, annotations "
            f"{names.HELM_RELEASE_ANNOTATION}={options.release} and "
            f"{names.HELM_NAMESPACE_ANNOTATION}={options.namespace}); if values differ, correct alga_chart or alga_values. "
            "Then run the playbook again.",
            evidence={"problems": problems},
        )
    return found


def mark(api: KubernetesApi, found: t.Iterable[Unmarked]) -> None:
    """Give objects the marks that they lack; nothing else of them is touched."""
    for each in found:
        api.merge(each.url, {"metadata": {kind: dict(marks) for kind, marks in each.marks.items()}})


def live(api: KubernetesApi, namespace: str, item: Json) -> Json | None:
    """Read the live object of a rendered one; ``None`` where it does not exist."""
    url = _url(api, namespace, item)
    return api.get(url) if url else None


def _url(api: KubernetesApi, namespace: str, item: Json) -> str:
    """Where the live object of a rendered one is, by the API server's own list of kinds; empty where it has no such kind."""
    version = item["apiVersion"]
    group = CORE if version == "v1" else f"/apis/{version}"
    kinds = {kind["kind"]: kind for kind in (api.get(group) or {}).get("resources", []) if "/" not in kind["name"]}
    kind = kinds.get(item["kind"])
    if kind is None:
        return ""
    place = item["metadata"].get("namespace", namespace) if kind["namespaced"] else ""
    return path(kind["name"], place, item["metadata"]["name"], group=group)
