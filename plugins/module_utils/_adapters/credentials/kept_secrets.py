# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep what generated Secrets hold while helm acts: a chart may delete and make them anew, and the keys would be gone (F12).

A chart's hook is not part of what helm renders, so nobody can see beforehand what it does to a Secret.
"""

from __future__ import annotations

import contextlib
import typing as t

from ..._core import names
from ..._core.credentials.generated import Data, changed
from ..._core.errors import ActionFailed, Refused
from ..cluster.kubernetes import Json, KubernetesApi, decode, encode, path
from ..cluster.secrets import read_secret


@contextlib.contextmanager
def kept(api: KubernetesApi, namespace: str, secrets: t.Collection[str]) -> t.Iterator[None]:
    """Do something that may change Secrets; whatever value is not the same afterwards is put back.

    A copy lies in the cluster meanwhile, for the run that follows on a killed one.

    :param secrets: names of the Secrets.
    :raises Refused: when an earlier run was killed here and left something changed.
    :raises ActionFailed: when a value had to be put back.
    """
    settle(api, namespace)
    marks = {name: _marks(api.get(path("secrets", namespace, name))) for name in secrets}
    before = _read(api, namespace, secrets)
    _write_copy(api, namespace, before)
    try:
        yield
    finally:
        lost = changed(before, _read(api, namespace, secrets))
        for name, keys in lost.items():
            _put_back(api, namespace, name, marks[name], {key: before[name][key] for key in keys})
        _forget(api, namespace)
        if lost:
            raise ActionFailed(
                f"helm changed {_listed(lost)} in namespace {namespace}, but stored data can be read only with the earlier "
                "values. They were restored. Restart the pods that have started since, and correct the chart that alga_chart "
                "names before helm runs again; it must keep an existing Secret.",
                evidence={"changed_keys": lost},
            )


def settle(api: KubernetesApi, namespace: str, *, check_mode: bool = False) -> None:
    """Judge what a killed run left, and forget its copy where nothing was changed.

    :raises Refused: when something was.
    """
    copy = api.get(path("secrets", namespace, names.KEPT_SECRET))
    if copy is None:
        return
    before: dict[str, dict[str, bytes]] = {}
    for entry, value in (decode(copy) or {}).items():
        # A key may have a dot, as tls.crt has; the name of no generated Secret has one.
        name, _dot, key = entry.partition(".")
        before.setdefault(name, {})[key] = value
    if lost := changed(before, _read(api, namespace, before)):
        raise Refused(
            f"An earlier run was interrupted while helm was running in namespace {namespace}, and {_listed(lost)} is not what it "
            f"was before. Secret {names.KEPT_SECRET} contains the earlier values, each under the name of its Secret and its "
            "key. Nothing was changed. Restore them with kubectl, or delete that Secret if the values were changed on "
            "purpose. Then run the same playbook again.",
            evidence={"changed_keys": lost},
        )
    if not check_mode:
        _forget(api, namespace)


def _listed(lost: t.Mapping[str, t.Sequence[str]]) -> str:
    return "; ".join(f"{', '.join(keys)} of Secret {name}" for name, keys in lost.items())


def _read(api: KubernetesApi, namespace: str, secrets: t.Iterable[str]) -> dict[str, Data]:
    found = {name: read_secret(api, namespace, name) for name in secrets}
    return {name: data for name, data in found.items() if data}


def _write_copy(api: KubernetesApi, namespace: str, before: t.Mapping[str, Data]) -> None:
    data = {f"{name}.{key}": value for name, found in before.items() for key, value in found.items()}
    if not data:
        return
    metadata = {
        "name": names.KEPT_SECRET,
        "namespace": namespace,
        "labels": {names.MANAGED_BY_LABEL: names.FIELD_MANAGER},
        "annotations": {names.KEEP_ANNOTATION: names.KEEP},
    }
    api.create(path("secrets", namespace), {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encode(data)})


def _marks(found: Json | None) -> Json:
    """What helm and the collection know a Secret by."""
    metadata = (found or {"metadata": {}})["metadata"]
    return {kind: metadata.get(kind) or {} for kind in ("labels", "annotations")}


def _put_back(api: KubernetesApi, namespace: str, name: str, marks: Json, data: Data) -> None:
    """Put values back, with the marks without which helm would not take the Secret for its own."""
    where = path("secrets", namespace, name)
    if api.get(where) is None:
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}}
        api.create(path("secrets", namespace), body)
    api.merge(where, {"metadata": marks, "data": encode(data)})


def _forget(api: KubernetesApi, namespace: str) -> None:
    api.delete(path("secrets", namespace, names.KEPT_SECRET))
