# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of Kubernetes on a Talos machine, each with its version, which an upgrade brings along one after the other."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .talos_config import KUBERNETES, Document, image_of
from .talos_version import is_version, refusal, same, version_of


def parts(running: t.Sequence[Document]) -> dict[str, str]:
    """The version of each part as the machine's configuration names it; empty where it names none."""
    return {name: version_of(image_of(running, name)) for name in KUBERNETES}


@dataclass(frozen=True)
class Kubernetes:
    """Kubernetes as the machine's configuration and the cluster tell it.

    :param parts: version of each part in the configuration; empty where it names none.
    :param nodes: version of each node's kubelet, as it runs.
    :param proxy: version of kube-proxy's DaemonSet; absent where the cluster does without.
    :param waiting: nodes that are not Ready.
    """

    parts: t.Mapping[str, str]
    nodes: t.Mapping[str, str]
    proxy: t.Mapping[str, str]
    waiting: t.Sequence[str]

    @property
    def versions(self) -> dict[str, str]:
        """Everything that names a version, and which."""
        named = {name: version for name, version in self.parts.items() if version}
        return {**named, **{f"the kubelet of {name}": version for name, version in self.nodes.items()}, **self.proxy}

    def is_at(self, wanted: str) -> bool:
        """Whether every part is there, and runs."""
        found = (*self.parts.values(), *self.nodes.values(), *self.proxy.values())
        return bool(self.nodes) and all(is_version(version) and same(version, wanted) for version in found)

    def obstacle(self, wanted: str) -> str:
        """Why nothing must begin; empty where it may."""
        if not self.nodes:
            return "it has no node"
        if self.waiting:
            return f"not Ready: {', '.join(self.waiting)}"
        found: dict[str, list[str]] = {}
        for name, version in self.versions.items():
            found.setdefault(_refusal(version, wanted), []).append(name)
        return "; ".join(f"{', '.join(names)}: {why}" for why, names in found.items() if why)


def _refusal(version: str, wanted: str) -> str:
    return refusal("Kubernetes", version, wanted) if is_version(version) else f"it runs {version}, which is not a known version"
