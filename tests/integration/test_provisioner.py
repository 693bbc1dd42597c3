# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The provisioner that a machine's configuration brings, beside the node's own: it runs, makes a volume and keeps it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from node import cache, oci, registry, versions
from node.commands import wait_for
from node.settings import from_environment

from ansible_collections.alga.appliance.plugins.module_utils._core import local_path

# What the node has already, and what takes its place here; the program keeps its name.
_OWN = {
    f'"{local_path.NAMESPACE}"': '"tested-storage"',
    '"name": "local-path-provisioner"': '"name": "tested-provisioner"',
    '"serviceAccountName": "local-path-provisioner"': '"serviceAccountName": "tested-provisioner"',
    "--service-account-name=local-path-provisioner": "--service-account-name=tested-provisioner",
    f'"name": "{local_path.STORAGE_CLASS}"': '"name": "tested"',
}
_CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "claim"},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "tested",
        "resources": {"requests": {"storage": "1Mi"}},
    },
}
_POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "writer"},
    "spec": {
        "restartPolicy": "Never",
        "containers": [
            {
                "name": "writer",
                "image": local_path.HELPER_IMAGE,
                "command": ["sh", "-c", "echo kept > /data/file"],
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
            }
        ],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "claim"}}],
    },
}


def kubectl(*arguments: str, stdin: object = None) -> str:
    ended = subprocess.run(
        [os.environ["KUBECTL"], "--kubeconfig", os.environ["KUBECONFIG"], *arguments],
        input=stdin if isinstance(stdin, str) else json.dumps(stdin),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def served_image(folder: Path) -> None:
    """Let the node's mirror have the provisioner's image, of the program that was built for the node."""
    root, layout = folder / "root", folder / "layout"
    root.mkdir()
    layout.mkdir()
    shutil.copy(cache.folder() / "bin" / "local-path-provisioner", root)
    oci.pack(root, folder / "files.tar")
    with (folder / "files.tar").open("rb") as archive:
        layer = oci.compress(archive, folder / "files.tar.gz")
    oci.write_layout(layout, [layer], {"Env": ["PATH=/"]})
    registry.push(from_environment().registry, {f"docker.io/rancher/local-path-provisioner:v{local_path.VERSION}": layout})


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Where the volumes lie, with the provisioner running."""
    assert local_path.VERSION == versions.LOCAL_PATH_PROVISIONER, "it is of the version that is built here"
    served_image(tmp_path)
    place = tmp_path / "volumes"
    manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": local_path.objects()})
    for given, own in {**_OWN, "/var/mnt/alga-data/local-path-provisioner": str(place)}.items():
        assert given in manifest, given
        manifest = manifest.replace(given, own)
    kubectl("apply", "--filename", "-", stdin=manifest)
    try:
        yield place
    finally:
        kubectl("delete", "--ignore-not-found", "--filename", "-", stdin=manifest)


def test_a_volume_is_made_on_the_data_volume_and_outlives_its_claim_f38_f42(place: Path) -> None:
    try:
        for item in (_CLAIM, _POD):
            kubectl("--namespace", "default", "create", "--filename", "-", stdin=item)
        wait_for("the pod to have written", lambda: None if phase() == "Succeeded" else phase(), seconds=120)
        (volume,) = [each for each in volumes() if each["spec"]["storageClassName"] == "tested"]
    finally:
        kubectl("--namespace", "default", "delete", "--ignore-not-found", "pod/writer", "pvc/claim")
    name = volume["metadata"]["name"]
    wait_for("the volume to be released", lambda: None if released(name) else "it is not", seconds=60)
    (kept,) = place.iterdir()
    assert kept.name == f"{name}_default_claim" and (kept / "file").read_text() == "kept\n"
    kubectl("delete", "pv", name)


def phase() -> str:
    return str(json.loads(kubectl("--namespace", "default", "get", "pod", "writer", "--output", "json"))["status"].get("phase"))


def volumes() -> list[dict[str, t.Any]]:
    found: list[dict[str, t.Any]] = json.loads(kubectl("get", "pv", "--output", "json"))["items"]
    return found


def released(name: str) -> bool:
    return any(each["metadata"]["name"] == name and each["status"]["phase"] == "Released" for each in volumes())
