# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the unit tests let a server of their own answer, asked of a real API server: its words, its YAML and its dry run."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.api_answers import Conflict, NotFound
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi, path
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed

TEXT = "\U0001f680 ready: yes \x85 \x7f 1e3 'quoted' \"twice\" \\ud83d\n- off\n"


@pytest.fixture(scope="module")
def api() -> Iterator[KubernetesApi]:
    opened = KubernetesApi(os.environ["KUBECONFIG"])
    yield opened
    opened.close()


@pytest.fixture
def name(api: KubernetesApi) -> Iterator[str]:
    name = f"answers-{uuid.uuid4()}"
    yield name
    api.delete(path("configmaps", "default", name))
    api.delete(path("secrets", "default", name))


def config_map(name: str, namespace: str = "default") -> dict[str, object]:
    metadata = {"name": name, "namespace": namespace}
    data = {"log": TEXT, "number": "1e3", "truth": "off", "nothing": "null"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def test_every_character_survives_server_side_apply(api: KubernetesApi, name: str) -> None:
    url = path("configmaps", "default", name)
    assert api.get(url) is None
    api.apply(url, config_map(name), dry_run=True)
    assert api.get(url) is None
    api.apply(url, config_map(name))
    found = api.get(url)
    assert found is not None and found["data"] == config_map(name)["data"]


def test_what_is_not_there_is_told_apart_from_what_cannot_be_there(api: KubernetesApi, name: str) -> None:
    missing = f"no-{name}"
    with pytest.raises(NotFound, match="not found"):
        api.create(path("configmaps", missing), config_map(name, missing))
    with pytest.raises(NotFound, match="not found"):
        api.apply(path("configmaps", missing, name), config_map(name, missing))
    with pytest.raises(NotFound, match="not found"):
        api.merge(path("configmaps", "default", name), {"data": {}})
    assert api.items(path("configmaps", missing)) == []
    api.delete(path("configmaps", missing, name))
    with pytest.raises(ObservationFailed, match="404 page not found"):
        api.get("/apis/nobody.example/v1/things")
    assert api.group("nobody.example") == "" and api.group("apps") == "/apis/apps/v1"


def test_an_immutable_secret_is_found_by_the_dry_run_r6(api: KubernetesApi, name: str) -> None:
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "immutable": True, "data": {"A": "MQ=="}}
    api.create(path("secrets", "default"), body)
    with pytest.raises(Conflict, match="already exists"):
        api.create(path("secrets", "default"), body)
    with pytest.raises(ObservationFailed, match=r"422: .*immutable"):
        api.merge(path("secrets", "default", name), {"data": {"A": "Mg=="}}, dry_run=True)
    assert name in [item["metadata"]["name"] for item in api.secrets("default")]
