# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data without its claim, its volume or its Secret is found, named and never replaced; the way on that is named works."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import CLAIM, NAMESPACE, ROWS, Appliance

CONFIRMED = {"alga_confirm": f"{NAMESPACE}/{CLAIM}"}
CLAIMS = (CLAIM, "alga-core-sebastian-redis-data", "alga-core-sebastian-storage")


def volumes(appliance: Appliance) -> dict[str, dict[str, t.Any]]:
    """The appliance's volumes by claim."""
    items = json.loads(appliance.kubectl("get", "persistentvolumes", "-o", "json"))["items"]
    return {
        item["spec"]["claimRef"]["name"]: item for item in items if item["spec"].get("claimRef", {}).get("namespace") == "msp"
    }


def rebind(appliance: Appliance) -> None:
    """What the refusal tells the operator to do: plan, confirmed run, and a second one that finds nothing to do."""
    before = appliance.objects(), volumes(appliance)
    planned = appliance.playbook("rebind_volumes", "--check", "--diff")
    assert (planned.code, planned.changed) == (0, 1), planned.output
    unconfirmed = appliance.playbook("rebind_volumes")
    assert unconfirmed.failed == 1 and CONFIRMED["alga_confirm"] in unconfirmed.message, unconfirmed.output
    assert (appliance.objects(), volumes(appliance)) == before
    done = appliance.playbook("rebind_volumes", **CONFIRMED)
    assert (done.code, done.changed) == (0, 1), done.output
    bound = volumes(appliance)
    assert {item["status"]["phase"] for item in bound.values()} == {"Bound"} and set(bound) == set(CLAIMS)
    again = appliance.playbook("rebind_volumes")
    assert (again.code, again.changed) == (0, 0), again.output


def killed_in_between(appliance: Appliance) -> None:
    """The first volume is made, and the controller is gone before its claim is."""
    process = appliance.start("rebind_volumes", **CONFIRMED)
    wait_for("the first volume", lambda: None if volumes(appliance) else "none", seconds=60, interval=0.02)
    processes.kill_family(process.pid)
    process.wait()
    appliance.kubectl("delete", "persistentvolumeclaims", "--all")


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
    fresh.kubectl("delete", "persistentvolumeclaim", *CLAIMS, "--timeout=150s")
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

    rebind(lost)
    assert {name: item["metadata"]["name"] for name, item in volumes(lost).items()} == {
        name: item["metadata"]["name"] for name, item in released.items()
    }
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
    killed_in_between(lost)
    rebind(lost)
    assert {item["spec"]["hostPath"]["path"] for item in volumes(lost).values()} == set(directories)
    outcome = lost.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert lost.rows() == ROWS


def test_postgresql_is_not_started_on_a_complete_appliance_s_volume_that_holds_nothing_r3(fresh: Appliance) -> None:
    directory = next(path for path in fresh.directories() if path.name.endswith(CLAIM))
    fresh.kubectl("delete", "statefulset", "db", "--cascade=foreground", "--wait")
    aside = (directory / "data").rename(directory.with_name("aside"))
    refuse_everywhere(fresh, CLAIM, "contains no data directory")
    status = fresh.playbook("status")
    assert status.code == 0 and "contains no data directory" in status.output, status.output
    assert list(directory.iterdir()) == [], "nobody has made a new cluster there"

    aside.rename(directory / "data")
    outcome = fresh.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert fresh.rows() == ROWS


def swap_volume(appliance: Appliance, volume: dict[str, t.Any], hostname: str = "") -> None:
    """Delete a volume's object under its claim; with a name of a node, make it again for that node."""
    name = volume["metadata"]["name"]
    appliance.kubectl("delete", "persistentvolume", name, "--wait=false")
    appliance.kubectl("patch", "persistentvolume", name, "--type=merge", "-p", json.dumps({"metadata": {"finalizers": None}}))
    if hostname:
        term = {"key": "kubernetes.io/hostname", "operator": "In", "values": [hostname]}
        spec = {**volume["spec"], "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}}}
        body = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}
        appliance.kubectl("create", "-f", "-", stdin=json.dumps(body))
    phase = ("get", "persistentvolumeclaim", CLAIM, "-o", "jsonpath={.status.phase}")
    wanted = "Bound" if hostname else "Lost"
    wait_for(f"phase {wanted}", lambda: None if appliance.kubectl(*phase) == wanted else "not yet", seconds=90)


@pytest.mark.parametrize("hostname", ["", "old-name"])
def test_a_claim_whose_volume_or_node_is_gone_gets_its_directory_again_r8_r9(fresh: Appliance, hostname: str) -> None:
    volume = volumes(fresh)[CLAIM]
    fresh.kubectl("delete", "statefulset", "db", "--cascade=foreground", "--wait")
    swap_volume(fresh, volume, hostname)
    refused = fresh.playbook("recover")
    assert refused.failed == 1 and "rebind_volumes.yml" in refused.message, refused.output
    assert (hostname or "Lost") in refused.message and volume["metadata"]["name"] in refused.message
    done = fresh.playbook("rebind_volumes", **CONFIRMED)
    assert (done.code, done.changed) == (0, 1), done.output
    outcome = fresh.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert fresh.rows() == ROWS
    assert volumes(fresh)[CLAIM]["spec"]["hostPath"]["path"] == volume["spec"]["hostPath"]["path"]


def test_a_data_directory_that_was_begun_and_not_finished_is_named_f35(lost: Appliance) -> None:
    directory = next(path for path in lost.directories() if path.name.endswith(CLAIM))
    (directory / "data/global/pg_control").unlink()
    lost.kubectl("delete", "persistentvolume", *(item["metadata"]["name"] for item in volumes(lost).values()))
    refuse_everywhere(lost, str(directory), "global/pg_control")


def patterned(place: Appliance) -> Appliance:
    """A place whose volumes are called by their claims, as the provisioner's own README shows it."""
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "patterned"},
        "provisioner": "rancher.io/local-path",
        # As sites have it since before the provisioner asked for a folder below these two.
        "parameters": {"pathPattern": "{{ .PVC.Namespace }}/{{ .PVC.Name }}", "allowUnsafePathPattern": "true"},
        "volumeBindingMode": "WaitForFirstConsumer",
        "reclaimPolicy": "Retain",
    }
    place.kubectl("apply", "-f", "-", stdin=json.dumps(storage_class))
    place.variables["alga_storage_class"] = "patterned"
    return place


def static_volume(directory: Path) -> dict[str, t.Any]:
    """A volume that somebody makes by hand, of a class without a provisioner."""
    node = {"key": "kubernetes.io/hostname", "operator": "Exists"}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "by-hand"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "1Gi"},
            "local": {"path": str(directory)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [node]}]}},
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "by-hand",
        },
    }


def test_no_secret_is_made_over_data_that_a_new_claim_gets_again_r1(place: Appliance) -> None:
    storage = Path(os.environ["ALGA_NODE_STORAGE"])
    elsewhere = storage.with_name("elsewhere")
    try:
        made = patterned(place).playbook("fresh")
        assert made.code == 0, made.output
        secret = place.secret()
        place.helm("uninstall", "alga-core", "--wait")
        place.kubectl("delete", "statefulset", "--all", "--cascade=foreground")
        place.kubectl("delete", "persistentvolumeclaim", *CLAIMS, "--timeout=150s")
        place.kubectl("delete", "persistentvolume", *(item["metadata"]["name"] for item in volumes(place).values()))
        place.kubectl("delete", "secret", "db-credentials")
        directory = storage / NAMESPACE / CLAIM
        for mode in ("fresh", "recover"):
            refused = place.playbook(mode)
            assert refused.failed == 1 and str(directory) in refused.message, refused.output
        status = place.playbook("status")
        assert "No appliance is installed" not in status.output and str(directory) in status.output, status.output

        # Where nobody could know of it: the volume itself is asked.
        (storage / NAMESPACE).rename(elsewhere)
        storage_class = {"metadata": {"name": "by-hand"}, "provisioner": "kubernetes.io/no-provisioner"}
        storage_class |= {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "volumeBindingMode": "WaitForFirstConsumer"}
        for item in (storage_class, static_volume(elsewhere / CLAIM)):
            place.kubectl("apply", "-f", "-", stdin=json.dumps(item))
        place.variables["alga_storage_class"] = "by-hand"
        planned = place.playbook("fresh", "--check", "-v")
        assert planned.code == 0 and "are unknown until it is bound" in planned.output, planned.output
        refused = place.playbook("fresh")
        assert refused.failed == 1 and "by-hand" in refused.message and str(elsewhere) in refused.message, refused.output
        assert "db-credentials" not in place.kubectl("get", "secrets,statefulsets", "-o", "name")
        again = place.playbook("fresh")
        assert again.failed == 1 and CLAIM in again.message and "recover.yml" in again.message, again.output

        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db-credentials"}, "stringData": secret}
        place.kubectl("create", "-f", "-", stdin=json.dumps(body))
        place.variables["alga_storage_class"] = "patterned"
        outcome = place.playbook("recover")
        assert outcome.code == 0, outcome.output
        assert (place.rows(), place.secret()) == (ROWS, secret)
    finally:
        place.wipe()
        subprocess.run(["rm", "-rf", str(elsewhere), str(storage / NAMESPACE)], check=True)
