# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's components: their programs, their arguments, and what each waits for."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.alga.appliance.tests.appliance.node.configuration import CONTAINERD_SOCKET
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings

_ETCD = "http://127.0.0.1:2379"


@dataclasses.dataclass(frozen=True)
class Component:
    """One process of the node.

    Attributes:
        name: its name in logs and in `status`.
        argv: program and arguments; no secret is among them.
        after: what must be there before it starts: `{"file": PATH}` or `{"tcp": "HOST:PORT"}`.
    """

    name: str
    argv: tuple[str, ...]
    after: Mapping[str, str] = dataclasses.field(default_factory=dict)


def components(settings: Settings, programs: Path) -> list[Component]:
    """All components, in the order of their start."""
    etc = settings.root / "etc"
    kubernetes = str(programs / "kubernetes")
    api = {"tcp": f"{settings.address}:{settings.api_port}"}
    return [
        Component("etcd", (kubernetes, "etcd", *_etcd(settings))),
        Component("containerd", ("containerd", "--config", str(etc / "containerd.toml"))),
        Component("registry", (_registry(), "serve", str(etc / "registry.yaml"))),
        Component("kube-apiserver", (kubernetes, "kube-apiserver", *_apiserver(settings)), {"tcp": "127.0.0.1:2379"}),
        Component("kube-controller-manager", (kubernetes, "kube-controller-manager", *_controllers(settings)), api),
        Component("kube-scheduler", (kubernetes, "kube-scheduler", *_scheduler(settings)), api),
        Component("kubelet", (kubernetes, "kubelet", *_kubelet(settings)), {"file": CONTAINERD_SOCKET}),
        Component("kube-proxy", (kubernetes, "kube-proxy", f"--config={etc / 'proxy.yaml'}"), api),
        Component("coredns", (str(programs / "coredns"), "-conf", str(etc / "Corefile")), api),
        Component(
            "local-path-provisioner",
            (str(programs / "local-path-provisioner"), *_local_path(settings)),
            {"file": str(objects_applied(settings))},
        ),
    ]


def plan(settings: Settings, programs: Path, cgroups: list[Path]) -> Mapping[str, Any]:
    """Everything the node's first process needs to know, as JSON."""
    return {
        "hostname": settings.name,
        "logs": str(settings.root / "logs"),
        "bridge": settings.bridge,
        "address": f"{settings.address}/{settings.pods.prefixlen}",
        "hardware_address": hardware_address(settings.address),
        "services": settings.service_subnet,
        "cgroups": [str(path) for path in cgroups],
        "binds": [
            [str(settings.root / "kubelet"), "/var/lib/kubelet"],
            [str(settings.root / "cni"), "/var/lib/cni"],
            [str(settings.root / "container-logs"), "/var/log/containers"],
        ],
        "components": [dataclasses.asdict(item) for item in components(settings, programs)],
    }


def hardware_address(address: str) -> str:
    """A locally administered hardware address made from an IPv4 address, the same at every start."""
    return "0a:58:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def objects_applied(settings: Settings) -> Path:
    """The file that says the cluster has the objects which the provisioner reads when it starts."""
    return settings.root / "run" / "objects-applied"


def _registry() -> str:
    # Debian calls it docker-registry, the upstream build registry.
    return shutil.which("docker-registry") or "docker-registry"


def _etcd(settings: Settings) -> list[str]:
    flags = [f"--data-dir={settings.root / 'etcd'}", f"--listen-client-urls={_ETCD}"]
    flags += [f"--advertise-client-urls={_ETCD}", "--log-level=warn"]
    return flags if settings.etcd_fsync else [*flags, "--unsafe-no-fsync"]


def _apiserver(settings: Settings) -> list[str]:
    pki = settings.root / "pki"
    return [
        f"--etcd-servers={_ETCD}",
        f"--advertise-address={settings.address}",
        f"--secure-port={settings.api_port}",
        f"--service-cluster-ip-range={settings.service_subnet}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--profiling=false",
        f"--client-ca-file={pki / 'ca.crt'}",
        f"--tls-cert-file={pki / 'apiserver.crt'}",
        f"--tls-private-key-file={pki / 'apiserver.key'}",
        f"--kubelet-certificate-authority={pki / 'ca.crt'}",
        f"--kubelet-client-certificate={pki / 'apiserver-kubelet.crt'}",
        f"--kubelet-client-key={pki / 'apiserver-kubelet.key'}",
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={pki / 'service-account.pub'}",
        f"--service-account-signing-key-file={pki / 'service-account.key'}",
    ]


def _controllers(settings: Settings) -> list[str]:
    pki = settings.root / "pki"
    return [
        f"--kubeconfig={pki / 'controller-manager.kubeconfig'}",
        f"--root-ca-file={pki / 'ca.crt'}",
        f"--service-account-private-key-file={pki / 'service-account.key'}",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--profiling=false",
    ]


def _scheduler(settings: Settings) -> list[str]:
    kubeconfig = settings.root / "pki" / "scheduler.kubeconfig"
    return [f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--bind-address=127.0.0.1", "--profiling=false"]


def _kubelet(settings: Settings) -> list[str]:
    return [
        f"--config={settings.root / 'etc' / 'kubelet.yaml'}",
        f"--kubeconfig={settings.root / 'pki' / 'kubelet.kubeconfig'}",
        f"--hostname-override={settings.name}",
        f"--node-ip={settings.address}",
    ]


def _local_path(settings: Settings) -> list[str]:
    return [
        "start",
        f"--kubeconfig={settings.root / 'pki' / 'local-path.kubeconfig'}",
        "--namespace=local-path-storage",
        "--configmap-name=local-path-config",
        "--helper-image=docker.io/library/busybox:1.36",
        "--service-account-name=local-path-provisioner",
    ]
