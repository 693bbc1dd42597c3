# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The provisioner of volumes, which Talos has none of: local-path-provisioner on the appliance's data volume (F38, F42)."""

from __future__ import annotations

import json
import typing as t

from ..talos.talos_config import DATA_PATH

Object = t.Mapping[str, t.Any]

STORAGE_CLASS = "local-path"
VERSION = "0.0.37"
# What older ones have.
VULNERABILITIES = "CVE-2025-62878, CVE-2026-44543"
HELPER_IMAGE = "docker.io/library/busybox:1.36"
NAMESPACE = "local-path-storage"
_NAME = "local-path-provisioner"
CONFIG = "local-path-config"
_RBAC = "rbac.authorization.k8s.io"
# Of its own, so that a provisioner that a cluster has already never makes the same volume (F42).
_PROVISIONER = "alga.appliance/local-path"
# Its own defaults are others: a service account that its helper pods would not find.
_OPTIONS = (f"--service-account-name={_NAME}", f"--provisioner-name={_PROVISIONER}")
_PLACE = f"{DATA_PATH}/{_NAME}"
_SETUP = '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n'
_TEARDOWN = '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n'
_READ = ["get", "list", "watch"]
_WRITE = ["create", "patch", "update", "delete"]


def is_vulnerable(version: str) -> bool:
    """Tell whether a version is older than the first without the vulnerabilities.

    :param version: three numbers, with or without a "v" before and a suffix behind them.
    """
    numbers, first = (each.removeprefix("v").partition("-")[0].split(".") for each in (version, VERSION))
    return [*map(int, numbers)] < [*map(int, first)]


def patch(version: str = VERSION) -> Object:
    """The patch of a machine configuration that brings the provisioner.

    Talos makes what is missing when Kubernetes comes up, and leaves alone what is there (Talos: inlineManifests). JSON is YAML.
    """
    contents = "\n---\n".join(json.dumps(item) for item in objects(version))
    return {"cluster": {"inlineManifests": [{"name": _NAME, "contents": contents}]}}


def objects(version: str = VERSION) -> list[Object]:
    """The provisioner's objects; its class keeps volumes whose claim is gone, and is nobody's default."""
    return [*_place(), *_rights(), _deployment(version), _storage_class()]


def _metadata(name: str, **more: t.Any) -> Object:
    return {"name": name, "namespace": NAMESPACE, **more}


def _place() -> list[Object]:
    # Its helper pods mount a path of the host, which the level "baseline" forbids.
    labels = {f"pod-security.kubernetes.io/{mode}": "privileged" for mode in ("enforce", "audit", "warn")}
    helper = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "helper-pod"},
        "spec": {"containers": [{"name": "helper-pod", "image": HELPER_IMAGE, "imagePullPolicy": "IfNotPresent"}]},
    }
    paths = {"nodePathMap": [{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": [_PLACE]}]}
    data = {"config.json": json.dumps(paths), "setup": _SETUP, "teardown": _TEARDOWN, "helperPod.yaml": json.dumps(helper)}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata(_NAME)},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(CONFIG), "data": data},
    ]


def _rights() -> list[Object]:
    rules = [
        {"apiGroups": [""], "resources": ["nodes", "persistentvolumeclaims", "configmaps", "pods", "pods/log"], "verbs": _READ},
        {"apiGroups": [""], "resources": ["persistentvolumes"], "verbs": [*_READ, *_WRITE]},
        {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
        {"apiGroups": ["storage.k8s.io"], "resources": ["storageclasses"], "verbs": _READ},
    ]
    # Only where its helper pods run.
    pods = [{"apiGroups": [""], "resources": ["pods"], "verbs": [*_READ, *_WRITE]}]
    who = [{"kind": "ServiceAccount", "name": _NAME, "namespace": NAMESPACE}]
    binding = {"subjects": who, "apiVersion": f"{_RBAC}/v1"}
    return [
        {"apiVersion": f"{_RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": _NAME}, "rules": rules},
        {"apiVersion": f"{_RBAC}/v1", "kind": "Role", "metadata": _metadata(_NAME), "rules": pods},
        {**binding, "kind": "ClusterRoleBinding", "metadata": {"name": _NAME}, "roleRef": _reference("ClusterRole")},
        {**binding, "kind": "RoleBinding", "metadata": _metadata(_NAME), "roleRef": _reference("Role")},
    ]


def _reference(kind: str) -> Object:
    return {"apiGroup": _RBAC, "kind": kind, "name": _NAME}


def _deployment(version: str) -> Object:
    labels = {"app": _NAME}
    namespace = {"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}
    container = {
        "name": _NAME,
        "image": f"docker.io/rancher/{_NAME}:v{version}",
        "command": [_NAME, "start", "--config=/etc/config/config.json", *_OPTIONS],
        "env": [namespace, {"name": "CONFIG_MOUNT_PATH", "value": "/etc/config/"}],
        "volumeMounts": [{"name": "config", "mountPath": "/etc/config/"}],
    }
    pod = {
        "serviceAccountName": _NAME,
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": CONFIG}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(_NAME),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            # Two of them would make the same volume twice.
            "strategy": {"type": "Recreate"},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _storage_class() -> Object:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": STORAGE_CLASS},
        "provisioner": _PROVISIONER,
        "volumeBindingMode": "WaitForFirstConsumer",
        "reclaimPolicy": "Retain",
    }
