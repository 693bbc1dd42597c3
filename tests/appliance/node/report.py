# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node tells people and scripts: its state as a table, its addresses as shell exports."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from ansible_collections.alga.appliance.tests.appliance.node import cache, cgroups, components, host, lifecycle
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings


def programs_built() -> Mapping[str, str]:
    """The paths of the programs that use a cluster, by the variables that name them."""
    programs = cache.folder() / "bin"
    names = ("kubectl", "helm3", "helm4", "talosctl", "talos-simulator", "age", "age-keygen")
    return {name.upper().replace("-", "_"): str(programs / name) for name in names}


def environment(settings: Settings) -> Mapping[str, str]:
    """The variables by which helm, kubectl and tests use this node."""
    return {
        **programs_built(),
        "KUBECONFIG": str(settings.kubeconfig),
        "ALGA_NODE_ADDRESS": settings.address,
        "ALGA_NODE_STORAGE": str(settings.storage),
        "ALGA_NODE_REGISTRY": settings.registry,
        "ALGA_NODE_CGROUP": settings.bridge,
    }


def exports(settings: Settings) -> str:
    """The same as lines of a shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment(settings).items())


def status(settings: Settings) -> str:
    """A short table for a person."""
    pid = host.first_process(settings)
    rows = [("node", f"{settings.name} in {settings.root}")]
    if pid is None:
        data = "its data is there; `up` starts it again" if (settings.root / "pki").is_dir() else "there is none"
        return _table([*rows, ("state", f"not running; {data}")])
    running = set(lifecycle.running(settings))
    wanted = [item.name for item in components.components(settings, cache.folder() / "bin")]
    used = cgroups.memory(settings.bridge)
    rows += [
        ("state", lifecycle.trouble(settings) or "Ready"),
        ("process", str(pid)),
        ("memory", "unknown" if used is None else f"{used / (1 << 20):.0f} MiB, pods included"),
        ("API", f"https://{settings.address}:{settings.api_port}"),
        ("kubeconfig", str(settings.kubeconfig)),
        ("registry", settings.registry),
        ("storage", str(settings.storage)),
    ]
    rows += [(name, "runs" if name in running else "does not run") for name in wanted]
    return _table(rows)


def _table(rows: list[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(f"{name:<{width}}{value}" for name, value in rows)
