# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever helm does to a generated Secret, no value is lost: not by a hook, not by a kill in between (F12)."""

from __future__ import annotations

import base64
import contextlib
import copy
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.api_answers import Conflict
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi, path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.credentials import kept_secrets
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason

FOLDER = path("secrets", "msp")
COPY = f"{FOLDER}/{names.KEPT_SECRET}"


class Killed(BaseException):
    """The controller is gone."""


class Cluster:
    """The Secrets of one namespace, and a controller that may be killed at its n-th change."""

    def __init__(self, secrets: dict[str, dict[str, str]], kill_at: int = -1) -> None:
        self.objects = {f"{FOLDER}/{name}": self._object(name, data) for name, data in secrets.items()}
        self.kill_at = kill_at

    @staticmethod
    def _object(name: str, data: t.Mapping[str, str]) -> dict[str, t.Any]:
        return {"metadata": {"name": name}, "data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}}

    def values(self) -> dict[str, dict[str, str]]:
        return {
            item["metadata"]["name"]: {key: base64.b64decode(text).decode() for key, text in (item.get("data") or {}).items()}
            for item in self.objects.values()
        }

    def _change(self) -> None:
        if self.kill_at == 0:
            raise Killed
        self.kill_at -= 1

    def get(self, url: str) -> dict[str, t.Any] | None:
        return copy.deepcopy(self.objects.get(url))

    def create(self, url: str, body: dict[str, t.Any]) -> None:
        self._change()
        where = f"{url}/{body['metadata']['name']}"
        if where in self.objects:
            raise Conflict("it exists", reason=Reason.API_CONFLICT)
        self.objects[where] = copy.deepcopy(body)

    def merge(self, url: str, body: dict[str, t.Any]) -> None:
        self._change()
        self.objects[url].setdefault("data", {}).update(body["data"])

    def delete(self, url: str) -> None:
        self._change()
        self.objects.pop(url, None)


def api(cluster: Cluster) -> KubernetesApi:
    return t.cast("KubernetesApi", cluster)


def act(cluster: Cluster, change: t.Callable[[], None], secrets: t.Collection[str] = ("keys", "redis")) -> None:
    with kept_secrets.kept(api(cluster), "msp", secrets):
        change()


BEFORE = {"keys": {"CRYPTR_KEY": "canary", "OTHER": "x"}, "redis": {"REDIS_PASSWORD": "y"}, "foreign": {"KEY": "z"}}


def test_what_helm_leaves_alone_leaves_no_trace() -> None:
    cluster = Cluster(BEFORE)
    act(cluster, lambda: None)
    assert cluster.values() == BEFORE


def test_a_copy_lies_in_the_cluster_while_helm_acts() -> None:
    cluster = Cluster(BEFORE)
    seen: list[dict[str, str]] = []
    act(cluster, lambda: seen.append(cluster.values()[names.KEPT_SECRET]))
    assert seen == [{"keys.CRYPTR_KEY": "canary", "keys.OTHER": "x", "redis.REDIS_PASSWORD": "y"}]


@pytest.mark.parametrize("how", ["replaced", "deleted", "emptied"])
def test_what_helm_changes_is_put_back_and_told_f12(how: str) -> None:
    cluster = Cluster(BEFORE)

    def change() -> None:
        item = cluster.objects.pop(f"{FOLDER}/keys")
        if how != "deleted":
            other = cluster._object("keys", {"CRYPTR_KEY": "new" if how == "replaced" else "", "OTHER": "x", "MORE": "m"})
            cluster.objects[f"{FOLDER}/keys"] = other
        assert item

    with pytest.raises(ActionFailed) as raised:
        act(cluster, change)
    found = cluster.values()
    assert {**found["keys"], **BEFORE["keys"]} == found["keys"] and names.KEPT_SECRET not in found
    lost = "CRYPTR_KEY, OTHER" if how == "deleted" else "CRYPTR_KEY"
    assert "canary" not in str(raised.value.evidence)
    assert raised.value.message == (
        f"helm changed {lost} of Secret keys in namespace msp, but stored data can be read only with the earlier values. They "
        "were restored. Restart the pods that have started since, and correct the chart that alga_chart names before helm runs "
        "again; it must keep an existing Secret."
    )


def test_helms_own_failure_is_told_where_nothing_was_changed() -> None:
    cluster = Cluster(BEFORE)

    def change() -> None:
        raise ActionFailed("helm failed")

    with pytest.raises(ActionFailed, match="helm failed"):
        act(cluster, change)
    assert cluster.values() == BEFORE


@given(st.integers(0, 8), st.booleans())
def test_no_value_is_lost_wherever_it_is_killed_f12(kill_at: int, replaces: bool) -> None:
    """After the kill the next run either finds everything as it was, or refuses and the copy has every value."""
    cluster = Cluster(BEFORE, kill_at)

    def change() -> None:
        if replaces:
            cluster.objects[f"{FOLDER}/keys"] = cluster._object("keys", {"CRYPTR_KEY": "new", "OTHER": "x"})

    with contextlib.suppress(Killed, ActionFailed):
        act(cluster, change)
    cluster.kill_at = -1
    found = cluster.values()
    if found["keys"]["CRYPTR_KEY"] == "canary":
        kept_secrets.settle(api(cluster), "msp")
        assert names.KEPT_SECRET not in cluster.values()
    else:
        assert found[names.KEPT_SECRET]["keys.CRYPTR_KEY"] == "canary"
        with pytest.raises(Refused, match="CRYPTR_KEY"):
            kept_secrets.settle(api(cluster), "msp")


def test_check_mode_judges_a_copy_and_leaves_it() -> None:
    cluster = Cluster({**BEFORE, names.KEPT_SECRET: {"keys.CRYPTR_KEY": "canary"}})
    kept_secrets.settle(api(cluster), "msp", check_mode=True)
    assert names.KEPT_SECRET in cluster.values()
    cluster.objects[COPY] = cluster._object(names.KEPT_SECRET, {"keys.CRYPTR_KEY": "earlier"})
    with pytest.raises(Refused):
        kept_secrets.settle(api(cluster), "msp", check_mode=True)


def test_a_key_with_a_dot_in_its_name_is_found_again() -> None:
    cluster = Cluster({**BEFORE, "keys": {"tls.crt": "canary"}, names.KEPT_SECRET: {"keys.tls.crt": "canary"}})
    kept_secrets.settle(api(cluster), "msp")
    assert names.KEPT_SECRET not in cluster.values()
