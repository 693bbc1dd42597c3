# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's registry mirror: image names of Docker Hub, ghcr.io and registry.k8s.io, served from the node itself."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from pathlib import Path

from node import oci
from node.commands import run, wait_for
from node.configuration import registry_path
from node.messages import say
from node.settings import Settings

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_PUSH_SECONDS = 300.0


def push(settings: Settings, images: Mapping[str, Path]) -> None:
    """Bring every image into the mirror that it does not have in this very version."""
    wait_for("the registry mirror to answer", lambda: _answers(settings), seconds=30)
    for name, layout in images.items():
        path = registry_path(name)
        if _digest(settings, path) == oci.manifest_digest(layout):
            continue
        say(f"registry mirror: taking in {name}")
        target = f"docker://{settings.registry}/{path}"
        argv = ["skopeo", "copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false"]
        run([*argv, f"oci:{layout}:{oci.TAG}", target], timeout=_PUSH_SECONDS)


def _answers(settings: Settings) -> str | None:
    try:
        status, _ = _ask(settings, "GET", "/v2/")
    except OSError as error:
        return str(error)
    return None if status == http.client.OK else f"HTTP {status}"


def _digest(settings: Settings, path: str) -> str | None:
    repository, tag = path.rsplit(":", 1)
    status, digest = _ask(settings, "HEAD", f"/v2/{repository}/manifests/{tag}")
    return digest if status == http.client.OK else None


def _ask(settings: Settings, method: str, path: str) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection(settings.address, settings.registry_port, timeout=5)
    try:
        connection.request(method, path, headers={"Accept": _MANIFEST})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("Docker-Content-Digest")
    finally:
        connection.close()
