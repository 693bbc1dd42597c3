# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects every node has: the rights of its components, the storage class, the provisioner's configuration."""

from __future__ import annotations

import json
from typing import Any

import yaml

from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings

_RBAC = "rbac.authorization.k8s.io"
_STORAGE_NAMESPACE = "local-path-storage"

_SETUP = """#!/bin/sh
set -eu
mkdir -m 0777 -p "$VOL_DIR"
"""
_TEARDOWN = """#!/bin/sh
set -eu
rm -rf "$VOL_DIR"
"""


def manifest(settings: Settings) -> str:
    """All objects as one YAML stream."""
    return yaml.safe_dump_all([*_rights(), *_storage(settings)], sort_keys=False)


def _rights() -> list[dict[str, Any]]:
    read_cluster_dns = [
        {"apiGroups": [""], "resources": ["endpoints", "services", "pods", "namespaces"], "verbs": ["list", "watch"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
    ]
    provision = [
        {
            "apiGroups": [""],
            "resources": ["nodes", "persistentvolumeclaims", "configmaps", "pods", "pods/log"],
            "verbs": ["get", "list", "watch"],
        },
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["create", "delete"]},
        {
            "apiGroups": [""],
            "resources": ["persistentvolumes"],
            "verbs": ["get", "list", "watch", "create", "patch", "update", "delete"],
        },
        {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
        {"apiGroups": ["storage.k8s.io"], "resources": ["storageclasses"], "verbs": ["get", "list", "watch"]},
    ]
    return [
        _role("system:coredns", read_cluster_dns),
        _binding("system:coredns", "system:coredns", "system:coredns"),
        _role("local-path-provisioner", provision),
        _binding("local-path-provisioner", "local-path-provisioner", "local-path-provisioner"),
        # exec, logs and port-forward: the API server asks the kubelet under this name.
        _binding("kube-apiserver-kubelet", "system:kubelet-api-admin", "kube-apiserver-kubelet-client"),
    ]


def _storage(settings: Settings) -> list[dict[str, Any]]:
    helper = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "helper-pod"},
        "spec": {"containers": [{"name": "helper-pod", "image": "docker.io/library/busybox:1.36"}]},
    }
    paths = {"nodePathMap": [{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": [str(settings.storage)]}]}
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": _STORAGE_NAMESPACE,
                "labels": {f"pod-security.kubernetes.io/{mode}": "privileged" for mode in ("enforce", "audit", "warn")},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "local-path-provisioner", "namespace": _STORAGE_NAMESPACE},
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "local-path-config", "namespace": _STORAGE_NAMESPACE},
            "data": {
                "config.json": json.dumps(paths, indent=1),
                "setup": _SETUP,
                "teardown": _TEARDOWN,
                "helperPod.yaml": yaml.safe_dump(helper),
            },
        },
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "local-path"},
            "provisioner": "rancher.io/local-path",
            "volumeBindingMode": "WaitForFirstConsumer",
            "reclaimPolicy": "Retain",
        },
    ]


def _role(name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {"apiVersion": f"{_RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}


def _binding(name: str, role: str, user: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": user}],
    }
