# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Kubernetes knows of an appliance, as parts of a support bundle; of Secrets never more than the names of their keys."""

from __future__ import annotations

import json
import typing as t

from ..._core import waiting
from ..._core.errors import ObservationFailed
from ..._core.support.bundle import Part
from ..cluster.kubernetes import APPS, BATCH, CORE, HELM_RECORD, Json, KubernetesApi, decode, path

_NAMESPACED = {
    **dict.fromkeys(("pods", "services", "persistentvolumeclaims"), CORE),
    **dict.fromkeys(("deployments", "statefulsets"), APPS),
    "jobs": BATCH,
}
_OF_THE_CLUSTER = {"nodes": CORE, "persistentvolumes": CORE, "storageclasses": "/apis/storage.k8s.io/v1"}
# A container writes megabytes, of which the end tells; how many lines and bytes of it are asked for.
_LINES, _BYTES = 20_000, 4 * 1024 * 1024


def read(file: str, about: str, ask: t.Callable[[], str]) -> Part:
    """A part, or why there is none: what cannot be read keeps nobody from the rest."""
    try:
        return Part(file, about, ask())
    except ObservationFailed as error:
        return Part(file, about, missing=error.message)


class Objects:
    """The objects of a namespace, and those of the cluster that it depends on."""

    def __init__(self, api: KubernetesApi, namespace: str) -> None:
        self._api, self._namespace = api, namespace

    def parts(self) -> t.Iterator[Part]:
        """The small parts first."""
        for kind, group in _NAMESPACED.items():
            yield self._list(f"namespace/{kind}.json", f"The {kind} of the namespace", path(kind, self._namespace, group=group))
        for kind, group in _OF_THE_CLUSTER.items():
            yield self._list(f"cluster/{kind}.json", f"The {kind} of the cluster", path(kind, group=group))
        yield read("namespace/secrets.txt", "The Secrets: type, name and keys, without values", self._secrets)
        yield read("namespace/configmaps.txt", "The ConfigMaps: name and keys, without values", self._config_maps)
        yield read("namespace/events.txt", "The events of the namespace, oldest first", self._events)
        yield read(
            "helm/history.txt", "The releases as helm keeps them: name, revision, status, time of the change", self._history
        )

    def logs(self) -> t.Iterator[Part]:
        """The end of every container's log, and of the one before it where it was started again."""
        try:
            pods = self._api.items(path("pods", self._namespace))
        except ObservationFailed as error:
            yield Part("logs", "The logs", missing=error.message)
            return
        for pod in pods:
            for entry in waiting.containers(pod):
                yield self._log(pod, entry, previous=False)
                if entry.get("restartCount"):
                    yield self._log(pod, entry, previous=True)

    def values(self) -> list[bytes]:
        """Every value of the namespace's Secrets.

        :raises ObservationFailed: when they cannot be read, without which nothing may be shown.
        """
        return [value for item in self._api.secrets(self._namespace) for value in (decode(item) or {}).values()]

    def hosts(self) -> list[str]:
        """The names of the nodes."""
        nodes = self._api.items(path("nodes"))
        addresses = [address for node in nodes for address in node.get("status", {}).get("addresses") or []]
        named = [address["address"] for address in addresses if address["type"] in ("Hostname", "InternalDNS", "ExternalDNS")]
        return [*(node["metadata"]["name"] for node in nodes), *named]

    def _list(self, file: str, about: str, url: str) -> Part:
        return read(file, about, lambda: _shown(self._api.items(url)))

    def _log(self, pod: Json, entry: Json, *, previous: bool) -> Part:
        name, container = pod["metadata"]["name"], str(entry["name"])
        query = {"container": container, "tailLines": str(_LINES), "limitBytes": str(_BYTES), "timestamps": "true"}
        if previous:
            query["previous"] = "true"
        file = f"logs/{name}/{container}{'.previous' if previous else ''}.log"
        about = f"The log of container {container}" + (" before it was started again" if previous else "")
        url = path("pods", self._namespace, name) + "/log"
        return read(file, about, lambda: self._api.request("GET", url, query=query) or "")

    def _secrets(self) -> str:
        listed = self._api.secrets(self._namespace)
        return _lines((item.get("type", ""), item["metadata"]["name"], *sorted(item.get("data") or {})) for item in listed)

    def _config_maps(self) -> str:
        listed = self._api.items(path("configmaps", self._namespace))
        return _lines((item["metadata"]["name"], *sorted(item.get("data") or {})) for item in listed)

    def _events(self) -> str:
        listed = self._api.items(path("events", self._namespace))
        return _lines(
            sorted(
                (
                    str(item.get("lastTimestamp") or item.get("eventTime") or item["metadata"].get("creationTimestamp")),
                    str(item.get("type", "")),
                    f"{item.get('involvedObject', {}).get('kind', '')}/{item.get('involvedObject', {}).get('name', '')}",
                    f"{item.get('reason', '')} ({item.get('count') or 1}x)",
                    " ".join(str(item.get("message", "")).split()),
                )
                for item in listed
            )
        )

    def _history(self) -> str:
        records = self._api.items(path("secrets", self._namespace), fieldSelector=f"type={HELM_RECORD}")
        labels = [item["metadata"].get("labels") or {} for item in records]
        rows = [
            (each.get("name", ""), each.get("version", ""), each.get("status", ""), each.get("modifiedAt", "")) for each in labels
        ]
        return _lines(sorted(rows, key=lambda row: (row[0], row[1].zfill(9))))


def _shown(items: t.Sequence[Json]) -> str:
    """Objects as JSON, without who wrote which field of them."""
    shown = [{**item, "metadata": {k: v for k, v in item["metadata"].items() if k != "managedFields"}} for item in items]
    return json.dumps(shown, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _lines(rows: t.Iterable[t.Sequence[str]]) -> str:
    return "".join("\t".join(row) + "\n" for row in rows)
