# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration files of the node's components. What looks arbitrary here was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping

import yaml

from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings

CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
PAUSE = "registry.k8s.io/pause:3.10"
_MIRRORED = ("docker.io", "ghcr.io", "registry.k8s.io")


def write(settings: Settings) -> None:
    """Write every configuration file below ROOT/etc; each start writes them anew."""
    etc = settings.root / "etc"
    texts = {
        "containerd.toml": _containerd(settings),
        f"cni/10-{settings.bridge}.conflist": _json(_cni(settings)),
        "kubelet.yaml": yaml.safe_dump(_kubelet(settings)),
        "proxy.yaml": yaml.safe_dump(_proxy(settings)),
        "registry.yaml": yaml.safe_dump(_registry(settings)),
        "Corefile": _corefile(settings),
        # Pods with dnsPolicy Default inherit this, and never the host's search domains.
        "resolv.conf": f"nameserver {settings.address}\n",
        **{f"mirrors/{name}/hosts.toml": _mirror(settings, name) for name in _MIRRORED},
    }
    for name, text in texts.items():
        path = etc / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _containerd(settings: Settings) -> str:
    etc = settings.root / "etc"
    return f"""version = 2
root = "{settings.root}/containerd"
state = "/run/containerd"
[grpc]
  address = "{CONTAINERD_SOCKET}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{settings.root}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  # Lowering an OOM score needs a privilege that a container or a CI machine may lack; without this every sandbox
  # then ends with "can't get final child's PID from pipe: EOF".
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{etc}/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{etc}/mirrors"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
"""


def _mirror(settings: Settings, name: str) -> str:
    return f"""server = "https://{name}"
[host."http://{settings.registry}"]
  capabilities = ["pull", "resolve"]
"""


def _cni(settings: Settings) -> Mapping[str, object]:
    ranges = [[{"subnet": settings.pod_subnet, "rangeStart": settings.first_pod_address, "gateway": settings.address}]]
    bridge = {
        "type": "bridge",
        "bridge": settings.bridge,
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            # Addresses of pods that a crash took away are free again at the next start.
            "dataDir": "/run/cni-addresses",
            "ranges": ranges,
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    return {"cniVersion": "1.0.0", "name": settings.bridge, "plugins": [bridge]}


def _kubelet(settings: Settings) -> Mapping[str, object]:
    pki = settings.root / "pki"
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "0.0.0.0",  # noqa: S104  # in the node's own network namespace
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(pki / "kubelet.crt"),
        "tlsPrivateKeyFile": str(pki / "kubelet.key"),
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "clusterDNS": [settings.address],
        "clusterDomain": "cluster.local",
        "resolvConf": str(settings.root / "etc" / "resolv.conf"),
        "podLogsDir": str(settings.root / "pod-logs"),
        "cgroupDriver": "cgroupfs",
        # Two kubelets under one cgroup root would end each other's pods as orphans.
        "cgroupRoot": f"/{settings.bridge}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "localStorageCapacityIsolation": False,
        "enforceNodeAllocatable": [],
        "oomScoreAdj": 0,
        # The host's disk is not the node's: a full one must not evict the appliance or drop images.
        "evictionHard": {"memory.available": "0%", "nodefs.available": "0%", "imagefs.available": "0%"},
        "imageGCHighThresholdPercent": 100,
        "serializeImagePulls": False,
    }


def _proxy(settings: Settings) -> Mapping[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "bindAddress": settings.address,
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        "clientConnection": {"kubeconfig": str(settings.root / "pki" / "proxy.kubeconfig")},
        "clusterCIDR": settings.pod_subnet,
        "hostnameOverride": settings.name,
        "oomScoreAdj": 0,
        # The connection table's sizes belong to the host; a network namespace may not change them.
        "conntrack": {
            "maxPerCore": 0,
            "min": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
    }


def _registry(settings: Settings) -> Mapping[str, object]:
    return {
        "version": 0.1,
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(settings.root / "registry")}},
        "http": {"addr": settings.registry},
    }


def _corefile(settings: Settings) -> str:
    # Short lives in the cache: tests delete and remake Services and look at once.
    return f""".:53 {{
    bind {settings.address}
    errors
    kubernetes cluster.local in-addr.arpa {{
        kubeconfig {settings.root / "pki" / "coredns.kubeconfig"}
        pods insecure
        ttl 2
    }}
    cache {{
        success 1024 2
        denial 1024 1
    }}
}}
"""


def _json(content: Mapping[str, object]) -> str:
    return json.dumps(content, indent=1) + "\n"


def registry_path(reference: str) -> str:
    """A full reference's path in the mirror: `docker.io/library/redis:latest` is `library/redis:latest` there."""
    return reference.split("/", 1)[1]
