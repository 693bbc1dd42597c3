# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of a version of Talos beyond those that the test appliance builds already."""

from __future__ import annotations

import dataclasses

from ansible_collections.alga.appliance.tests.appliance.node import programs
from ansible_collections.alga.appliance.tests.appliance.node.golang import Program


def installer(version: str) -> Program:
    """Talos's own installer, which partitions a disk and writes what it boots from."""
    client = programs.talos(version)["talosctl"]
    return dataclasses.replace(client, name="installer", package="github.com/siderolabs/talos/cmd/installer")


def layer_programs(version: str) -> dict[str, Program]:
    """What a version of Talos is made of, by its place in the root file system."""
    built = programs.talos(version)
    return {
        "usr/bin/init": built["machined"],
        "usr/bin/containerd": built["containerd"],
        "usr/bin/containerd-shim-runc-v2": built["containerd-shim-runc-v2"],
    }
