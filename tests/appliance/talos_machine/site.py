# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How somebody who uses the collection describes a machine in a container, and the programs beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.alga.appliance.tests.appliance.node import programs, versions
from ansible_collections.alga.appliance.tests.appliance.talos_machine import container, host
from ansible_collections.alga.appliance.tests.appliance.talos_machine.place import Place

CLUSTER = "workshop"
BUSYBOX = "docker.io/library/busybox:1.36"


def patches(place: Place, version: str = versions.TALOS) -> list[Mapping[str, Any]]:
    """What a machine in a container needs beside what an operator gives: its mirror, its networks, and no disks.

    The mirror and the networks are what an operator with a registry and a network plan of their own would write as well.

    Args:
        place: the machine's.
        version: of Talos that it runs.
    """
    mirrors = {name: {"endpoints": [f"http://{place.registry}"]} for name in ("docker.io", "ghcr.io", "registry.k8s.io")}
    # A container's root file system has no device that the kubelet could measure, and its limits are the host's.
    kubelet: dict[str, Any] = {"localStorageCapacityIsolation": False, "enforceNodeAllocatable": []}
    if not host.has_unified_cgroups():
        kubelet["failCgroupV1"] = False
    network = {"cni": {"name": "none"}, "podSubnets": [str(place.pods)], "serviceSubnets": [str(place.services)]}
    # From 1.14 on, Talos mounts an empty tmpfs over /etc/cni at each start, whichever version wrote the configuration.
    plugin = (
        {"inlineManifests": [{"name": "pods", "contents": json.dumps(network_plugin(container.pod_network(place)))}]}
        if is_next(version)
        else {}
    )
    return [
        {"machine": {"registries": {"mirrors": mirrors}, "kubelet": {"extraConfig": kubelet}}},
        {"cluster": {"network": network, "discovery": {"enabled": False}, **plugin}},
    ]


def is_next(version: str) -> bool:
    """Whether a version of Talos is of the minor version after the usual one."""
    return version.rpartition(".")[0] == versions.TALOS_NEXT.rpartition(".")[0]


def documents(place: Place) -> list[Mapping[str, Any]]:
    """The same patches for a configuration that is written for Talos 1.14 and for its machine: as documents.

    There a patch of the main document contradicts the document that took its place.
    """
    main, rest = patches(place, versions.TALOS_NEXT)
    kubelet, others = main["machine"], rest["cluster"]
    network = {name: others["network"][name] for name in ("podSubnets", "serviceSubnets")}
    mirrors = [
        _document("RegistryMirrorConfig", name=name, endpoints=[{"url": url} for url in mirror["endpoints"]])
        for name, mirror in kubelet["registries"]["mirrors"].items()
    ]
    return [
        *mirrors,
        _document("KubeletConfig", config=kubelet["kubelet"]["extraConfig"]),
        _document("KubeNetworkConfig", **network),
        _document("KubeFlannelCNIConfig", **{"$patch": "delete"}),
        _document("DiscoveryServiceConfig", name="default", **{"$patch": "delete"}),
        {"cluster": {"inlineManifests": others["inlineManifests"]}},
    ]


def network_plugin(pod_network: Mapping[str, Any]) -> Mapping[str, Any]:
    """What configures the pods' network where /etc/cni is empty after each start, as every network plugin does it.

    Args:
        pod_network: its CNI configuration.
    """
    write = f"echo '{json.dumps(pod_network)}' >/host/10-bridge.conflist"
    mounted = [{"name": "host", "mountPath": "/host"}]
    pod = {
        "hostNetwork": True,
        "priorityClassName": "system-node-critical",
        "tolerations": [{"operator": "Exists"}],
        "initContainers": [{"name": "write", "image": BUSYBOX, "command": ["sh", "-c", write], "volumeMounts": mounted}],
        "containers": [{"name": "pause", "image": f"registry.k8s.io/pause:{versions.PAUSE}"}],
        "volumes": [{"name": "host", "hostPath": {"path": "/etc/cni/net.d", "type": "DirectoryOrCreate"}}],
    }
    labels = {"app": "pods-network"}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "pods-network", "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }


def _document(kind: str, **content: Any) -> Mapping[str, Any]:
    return {"apiVersion": "v1alpha1", "kind": kind, **content}


def variables(place: Place, folder: Path) -> Mapping[str, Any]:
    """The collection's variables for a machine; it has no disks, so the data lies in a directory of its own.

    Args:
        place: the machine's.
        folder: for what opens the machine and the cluster.
    """
    return {
        "alga_kubeconfig": str(folder / "kubeconfig"),
        "alga_talos_node": place.address,
        "alga_talos_folder": str(folder / "talos"),
        "alga_talos_cluster": CLUSTER,
        # Talos asks for one, and installs nothing in a container.
        "alga_talos_install_disk": "/dev/vda",
        "alga_talos_kubernetes_version": versions.KUBERNETES,
        "alga_talos_patches": patches(place),
        "alga_talosctl": str(programs.of("talosctl").path),
    }


def programs_for(folder: Path) -> Mapping[str, str]:
    """The environment in which the appliance of the tests finds its programs and its kubeconfig."""
    built = programs.build(programs.DEMONSTRATION)
    return {"KUBECONFIG": str(folder / "kubeconfig"), "HELM3": str(built / "helm3"), "KUBECTL": str(built / "kubectl")}
