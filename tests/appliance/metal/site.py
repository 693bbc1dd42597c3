# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How somebody who uses the collection describes a machine with disks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.alga.appliance.tests.appliance.metal import installer
from ansible_collections.alga.appliance.tests.appliance.metal.place import Place
from ansible_collections.alga.appliance.tests.appliance.node import programs, versions
from ansible_collections.alga.appliance.tests.appliance.talos_machine.site import network_plugin

CLUSTER = "workshop"
# A directory of EPHEMERAL, as the data lies in where no disk is named for it.
DIRECTORY = "beside"


def patches(place: Place) -> list[Mapping[str, Any]]:
    """What this machine needs beside what an operator gives.

    The mirror and the networks are what an operator with a registry and a network plan of their own would write as well. The rest
    is owed to the kernel, which has no packet filter for Services, and to a network without time servers.
    """
    mirrors = {name: {"endpoints": [f"http://{place.registry}"]} for name in ("docker.io", "ghcr.io", "registry.k8s.io")}
    network = {"cni": {"name": "none"}, "podSubnets": [str(place.pods)], "serviceSubnets": [str(place.services)]}
    machine = {
        "install": {"grubUseUKICmdline": False},
        "registries": {"mirrors": mirrors},
        "time": {"disabled": True},
        "sysctls": {"kernel.panic_on_oops": "1"},
    }
    off = {"proxy": {"disabled": True}, "coreDNS": {"disabled": True}, "discovery": {"enabled": False}}
    # From 1.14 on, Talos mounts an empty tmpfs over /etc/cni at each start.
    plugin = {"inlineManifests": [{"name": "pods", "contents": json.dumps(network_plugin(_pod_network(place)))}]}
    directory = {"apiVersion": "v1alpha1", "kind": "UserVolumeConfig", "name": DIRECTORY, "volumeType": "directory"}
    return [{"machine": machine}, {"cluster": {"network": network, **off, **plugin}}, directory]


def _pod_network(place: Place) -> Mapping[str, Any]:
    """One bridge; ports of the host would want the packet filter that this kernel does not have."""
    ranges = [[{"subnet": str(place.pods)}]]
    ipam = {"type": "host-local", "ranges": ranges, "routes": [{"dst": "0.0.0.0/0"}]}
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipam": ipam}
    return {"cniVersion": "1.0.0", "name": "metal", "plugins": [bridge]}


def variables(place: Place, folder: Path, version: str) -> Mapping[str, Any]:
    """The collection's variables for a machine whose data lies on its second disk.

    Args:
        place: the machine's.
        folder: for what opens the machine and the cluster.
        version: of Talos.
    """
    return {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "alga_kubeconfig": str(folder / "kubeconfig"),
        "alga_talos_node": place.address,
        "alga_talos_folder": str(folder / "talos"),
        "alga_talos_cluster": CLUSTER,
        "alga_talos_install_disk": "/dev/ubda",
        "alga_talos_storage_disk": 'disk.dev_path == "/dev/ubdb"',
        "alga_talos_installer_image": installer.name(version),
        "alga_talos_kubernetes_version": versions.KUBERNETES,
        "alga_talos_patches": patches(place),
        # No provisioner: its pod would ask a Service.
        "alga_storage_class": "none",
        "alga_talosctl": str(programs.kept(programs.talos(version)["talosctl"])),
    }
