# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's registry mirror: image names of Docker Hub, ghcr.io and registry.k8s.io, served from the node itself."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import oci
from ansible_collections.alga.appliance.tests.appliance.node.commands import run, wait_for
from ansible_collections.alga.appliance.tests.appliance.node.configuration import registry_path
from ansible_collections.alga.appliance.tests.appliance.node.messages import say

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_PUSH_SECONDS = 300.0


def push(registry: str, images: Mapping[str, Path]) -> None:
    """Bring every image into the mirror that it does not have in this very version.

    Args:
        registry: the mirror as HOST:PORT.
        images: for each full reference the layout that carries it.
    """
    wait_for("the registry mirror to answer", lambda: _answers(registry), seconds=30)
    for name, layout in images.items():
        path = registry_path(name)
        if _digest(registry, path) == oci.manifest_digest(layout):
            continue
        say(f"registry mirror: taking in {name}")
        target = f"docker://{registry}/{path}"
        argv = ["skopeo", "copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false"]
        run([*argv, f"oci:{layout}:{oci.TAG}", target], timeout=_PUSH_SECONDS)


def _answers(registry: str) -> str | None:
    try:
        status, _ = _ask(registry, "GET", "/v2/")
    except OSError as error:
        return str(error)
    return None if status == http.client.OK else f"HTTP {status}"


def _digest(registry: str, path: str) -> str | None:
    repository, tag = path.rsplit(":", 1)
    status, digest = _ask(registry, "HEAD", f"/v2/{repository}/manifests/{tag}")
    return digest if status == http.client.OK else None


def _ask(registry: str, method: str, path: str) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection(registry, timeout=5)
    try:
        connection.request(method, path, headers={"Accept": _MANIFEST})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("Docker-Content-Digest")
    finally:
        connection.close()
