# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of a node, each with one default, so that two nodes on one machine never meet."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError

# Linux keeps 15 characters of an interface's name.
_INTERFACE_LENGTH = 15
_HOST_ADDRESSES = 16


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """One node. The names of the variables are ALGA_NODE_ and the field's name in capitals.

    The node is a machine of its own (process, mount and network namespaces): its ports and mounts cannot meet
    those of the host or of another node. What the host sees is the root folder, one network interface and a
    cgroup of the same name.
    """

    root: Path = Path("/var/lib/alga-node")
    bridge: str = "alga0"
    name: str = "alga-node"
    pod_subnet: str = "10.244.64.0/24"
    service_subnet: str = "10.244.65.0/24"
    api_port: int = 6443
    registry_port: int = 5000
    storage: Path = Path("/var/lib/alga-node/storage")
    etcd_fsync: bool = False

    @property
    def pods(self) -> ipaddress.IPv4Network:
        """The pod subnet."""
        return ipaddress.IPv4Network(self.pod_subnet)

    @property
    def services(self) -> ipaddress.IPv4Network:
        """The subnet of Service addresses."""
        return ipaddress.IPv4Network(self.service_subnet)

    @property
    def address(self) -> str:
        """The node's own address, on its bridge: API server, registry, cluster DNS and host-network pods."""
        return str(self.pods[1])

    @property
    def host_address(self) -> str:
        """The address of the host on the node's bridge."""
        return str(self.pods[2])

    @property
    def first_pod_address(self) -> str:
        """The first address a pod may get."""
        return str(self.pods[10])

    @property
    def api_service_address(self) -> str:
        """The address of the Service kubernetes.default."""
        return str(self.services[1])

    @property
    def registry(self) -> str:
        """The registry mirror as HOST:PORT."""
        return f"{self.address}:{self.registry_port}"

    @property
    def kubeconfig(self) -> Path:
        """The cluster administrator's kubeconfig."""
        return self.root / "kubeconfig"


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ALGA_NODE_* variables; an empty variable counts as unset.

    Raises:
        NodeError: one or more variables are wrong; names all of them.
    """
    given = os.environ if environment is None else environment
    values: dict[str, object] = {}
    wrong: list[str] = []
    for field in dataclasses.fields(Settings):
        variable = f"ALGA_NODE_{field.name.upper()}"
        text = given.get(variable, "").strip()
        if not text:
            continue
        try:
            values[field.name] = _value(field.name, text)
        except ValueError as error:
            wrong.append(f"{variable}={text}: {error}")
    if "root" in values and "storage" not in values:
        values["storage"] = Path(str(values["root"])) / "storage"
    if not wrong:
        wrong = _contradictions(dataclasses.replace(Settings(), **values))  # type: ignore[arg-type]
    if wrong:
        raise NodeError("The node's settings are wrong:\n" + "\n".join(f"  - {line}" for line in wrong))
    return dataclasses.replace(Settings(), **values)  # type: ignore[arg-type]


def _value(name: str, text: str) -> object:
    """Turn a variable's text into the field's type, or raise ValueError with a sentence."""
    readers: dict[str, Callable[[str], object]] = {
        "root": _path,
        "storage": _path,
        "pod_subnet": _subnet,
        "service_subnet": _subnet,
        "api_port": _port,
        "registry_port": _port,
        "etcd_fsync": _truth,
        "bridge": _interface,
        "name": _name,
    }
    return readers[name](text)


def _path(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or path == Path("/"):
        raise ValueError("must be an absolute path below /")
    if any(character in text for character in ' \t\n"\\'):
        raise ValueError("must have no blanks, quotes or backslashes")
    return path


def _subnet(text: str) -> str:
    network = ipaddress.IPv4Network(text)
    if network.num_addresses < 2 * _HOST_ADDRESSES:
        raise ValueError(f"must have at least {2 * _HOST_ADDRESSES} addresses")
    return str(network)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise ValueError("must be a port between 1 and 65535")
    return int(text)


def _truth(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text == "true"


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", text):
        raise ValueError("must be a name of lower-case letters, digits and hyphens")
    return text


def _interface(text: str) -> str:
    if len(_name(text)) > _INTERFACE_LENGTH:
        raise ValueError(f"must have at most {_INTERFACE_LENGTH} characters, as an interface's name")
    return text


def _contradictions(settings: Settings) -> list[str]:
    """Name settings which are right each by itself and wrong together."""
    wrong = []
    if settings.pods.overlaps(settings.services):
        wrong.append(f"ALGA_NODE_POD_SUBNET={settings.pod_subnet} and ALGA_NODE_SERVICE_SUBNET={settings.service_subnet} overlap")
    if settings.root.is_relative_to("/run") or settings.root.is_relative_to("/var/run"):
        wrong.append(f"ALGA_NODE_ROOT={settings.root} is below /run, which the node replaces by its own")
    if settings.api_port == settings.registry_port:
        wrong.append(f"ALGA_NODE_API_PORT and ALGA_NODE_REGISTRY_PORT are both {settings.api_port}")
    return wrong
