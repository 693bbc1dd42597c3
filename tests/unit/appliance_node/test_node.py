# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's configuration, its judgement of Ready, and the small parsers."""

from __future__ import annotations

import re
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.alga.appliance.tests.appliance.node import (
    certificates,
    components,
    configuration,
    dns,
    golang,
    lifecycle,
    objects,
)
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

_HEARD = {"spec": {"renewTime": "2026-01-01T00:00:10.000000Z"}}


def _node(status: str) -> dict[str, Any]:
    return {"status": {"conditions": [{"type": "Ready", "status": status, "message": "cni"}]}}


@pytest.mark.parametrize(
    ("node", "lease", "said"),
    [
        (_node("True"), _HEARD, None),
        (_node("False"), _HEARD, "not Ready: cni"),
        ({}, _HEARD, "no.* condition|not reported"),
        (_node("True"), {}, "no heartbeat"),
        (_node("True"), {"spec": {"renewTime": "2026-01-01T00:00:04.000000Z"}}, "no heartbeat"),
    ],
)
def test_a_node_is_ready_only_by_a_heartbeat_of_this_start(node: Any, lease: Any, said: str | None) -> None:
    since = 1767225605.0  # 2026-01-01T00:00:05Z
    answer = lifecycle.judge_node(node, lease, since)
    if said is None:
        assert answer is None
    else:
        assert answer is not None
        assert re.search(said, answer)


@pytest.mark.parametrize(
    ("text", "version"),
    [("go version go1.26.8 linux/amd64", (1, 26, 8)), ("go version go1.26rc1 x", (1, 26)), ("", ())],
)
def test_gos_version(text: str, version: tuple[int, ...]) -> None:
    assert golang.go_version(text) == version


def test_a_dns_question() -> None:
    assert dns.question(7, "a.bc") == b"\0\7\1\0\0\1\0\0\0\0\0\0\1a\2bc\0\0\1\0\1"


def test_the_hardware_address_is_stable_and_locally_administered() -> None:
    assert components.hardware_address("10.244.64.1") == "0a:58:0a:f4:40:01"


def test_configuration_and_objects_carry_the_settings(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, storage=tmp_path / "s", bridge="other9")
    configuration.write(settings)
    kubelet = yaml.safe_load((tmp_path / "etc" / "kubelet.yaml").read_text())
    assert kubelet["cgroupRoot"] == "/other9"
    assert "restrict_oom_score_adj = true" in (tmp_path / "etc" / "containerd.toml").read_text()
    assert {path.name for path in (tmp_path / "etc" / "mirrors").iterdir()} == {"docker.io", "ghcr.io", "registry.k8s.io"}
    made = {(item["kind"], item["metadata"]["name"]): item for item in yaml.safe_load_all(objects.manifest(settings))}
    assert made["StorageClass", "local-path"]["reclaimPolicy"] == "Retain"
    assert str(tmp_path / "s") in made["ConfigMap", "local-path-config"]["data"]["config.json"]


def test_references_in_the_mirror() -> None:
    assert configuration.registry_path("docker.io/library/redis:latest") == "library/redis:latest"


def test_certificates_are_made_once_verify_and_are_private(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path)
    certificates.ensure(settings)
    before = settings.kubeconfig.read_bytes()
    certificates.ensure(settings)
    assert settings.kubeconfig.read_bytes() == before
    assert stat.S_IMODE(settings.kubeconfig.stat().st_mode) == 0o600
    pki = tmp_path / "pki"
    files = [str(pki / f"{name}.crt") for name in ("ca", "apiserver", "kubelet")]
    argv = ["openssl", "verify", "-x509_strict", "-CAfile", *files]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
