# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data without its claim, its volume or its Secret is found, named and never replaced; the way on that is named works."""

from __future__ import annotations

import json
import typing as t

import pytest
from appliance import CLAIM, ROWS, Appliance

CLAIMS = (CLAIM, "alga-core-sebastian-redis-data", "alga-core-sebastian-storage")


def volumes(appliance: Appliance) -> dict[str, dict[str, t.Any]]:
    """The appliance's volumes by claim."""
    items = json.loads(appliance.kubectl("get", "persistentvolumes", "-o", "json"))["items"]
    return {
        item["spec"]["claimRef"]["name"]: item for item in items if item["spec"].get("claimRef", {}).get("namespace") == "msp"
    }


def claim(name: str, volume: str) -> dict[str, t.Any]:
    """A claim bound to one volume, as the message tells the operator to make it."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "local-path",
            "volumeName": volume,
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


def bind_again(appliance: Appliance, names: t.Iterable[str]) -> None:
    """What the refusal tells the operator to do."""
    for name in names:
        volume = volumes(appliance)[name]["metadata"]["name"]
        appliance.kubectl(
            "patch", "persistentvolume", volume, "--type=json", "-p", '[{"op": "remove", "path": "/spec/claimRef"}]'
        )
        appliance.kubectl("create", "-f", "-", stdin=json.dumps(claim(name, volume)))
        appliance.kubectl("wait", "--for=jsonpath={.status.phase}=Bound", f"persistentvolumeclaim/{name}", "--timeout=30s")


def refuse_everywhere(appliance: Appliance, *named: str) -> None:
    """Both modes refuse, in check mode too, name what they found and make nothing."""
    before = appliance.objects()
    for mode in ("recover", "fresh"):
        for options in (("--check",), ()):
            outcome = appliance.playbook(mode, *options)
            assert outcome.failed == 1, (mode, options)
            assert [name for name in named if name not in outcome.message] == [], outcome.message
    assert appliance.objects() == before


@pytest.fixture
def lost(fresh: Appliance) -> Appliance:
    """An appliance whose release and claims are gone; its volumes are Released."""
    fresh.helm("uninstall", "alga-core", "--wait")
    # The chart keeps its Redis through an uninstall.
    fresh.kubectl("delete", "statefulset", "--all", "--cascade=foreground")
    fresh.kubectl("delete", "persistentvolumeclaim", *CLAIMS, "--timeout=60s")
    assert {item["status"]["phase"] for item in volumes(fresh).values()} == {"Released"}
    return fresh


def test_released_volumes_are_named_and_bound_again_f36(lost: Appliance) -> None:
    released = volumes(lost)
    refuse_everywhere(lost, CLAIM, *(item["metadata"]["name"] for item in released.values()))
    secret = lost.secret()

    lost.kubectl("delete", "secret", "db-credentials")
    refuse_everywhere(lost, released[CLAIM]["metadata"]["name"])
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db-credentials"}, "stringData": secret}
    lost.kubectl("create", "-f", "-", stdin=json.dumps(body))

    bind_again(lost, released)
    outcome = lost.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert lost.rows() == ROWS
    assert lost.secret() == secret


def test_directories_alone_are_named_and_nothing_is_generated_u1(lost: Appliance) -> None:
    secret, objects = lost.secret(), volumes(lost)
    lost.kubectl("delete", "persistentvolume", *(item["metadata"]["name"] for item in objects.values()))
    lost.kubectl("delete", "secret", "db-credentials")
    directories = [str(directory) for directory in lost.directories()]
    assert len(directories) == len(CLAIMS)
    refuse_everywhere(lost, *directories)
    assert "db-credentials" not in lost.kubectl("get", "secrets", "-o", "name")
    status = lost.playbook("status")
    assert status.code == 0, status.output
    assert "Restore Secret msp/db-credentials" in status.output

    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db-credentials"}, "stringData": secret}
    lost.kubectl("create", "-f", "-", stdin=json.dumps(body))
    for name, item in objects.items():
        metadata = {"name": item["metadata"]["name"]}
        spec = {key: value for key, value in item["spec"].items() if key != "claimRef"}
        lost.kubectl("create", "-f", "-", stdin=json.dumps({**item, "metadata": metadata, "spec": spec, "status": {}}))
        lost.kubectl("create", "-f", "-", stdin=json.dumps(claim(name, metadata["name"])))
    outcome = lost.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert lost.rows() == ROWS


def test_a_data_directory_that_was_begun_and_not_finished_is_named_f35(lost: Appliance) -> None:
    directory = next(path for path in lost.directories() if path.name.endswith(CLAIM))
    (directory / "data/global/pg_control").unlink()
    lost.kubectl("delete", "persistentvolume", *(item["metadata"]["name"] for item in volumes(lost).values()))
    refuse_everywhere(lost, str(directory), "global/pg_control")
