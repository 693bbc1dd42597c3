# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine as the scenario's tests see it."""

from __future__ import annotations

import json
import os
import shlex
import typing as t
from pathlib import Path

from node.talos import calls
from testinfra.host import Host

HERE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])


class Machine:
    """The machine as talosctl shows it, and what was asked of it."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def get(self, kind: str) -> dict[str, t.Any]:
        """Resources of a kind by their id, each its spec."""
        address = (HERE / "address").read_text()
        words = [os.environ["TALOSCTL"], "get", kind, "--output", "json", "--talosconfig", str(HERE / "talos/talosconfig")]
        text, found = self._host.check_output(shlex.join([*words, "--nodes", address, "--endpoints", address])).lstrip(), {}
        while text:
            item, end = json.JSONDecoder().raw_decode(text)
            found[item["metadata"]["id"]] = item["spec"]
            text = text[end:].lstrip()
        return found

    def writing_calls(self) -> list[str]:
        """The calls that changed it, in their order."""
        return [call.name for call in calls(Path((HERE / "control").read_text())) if call.writing]
