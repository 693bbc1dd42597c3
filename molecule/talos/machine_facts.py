# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine as the scenario's tests see it."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.alga.appliance.molecule.talos.machine import HERE, the_machine

TALOSCONFIG = HERE / "talos/talosconfig"


class Machine:
    """The machine as talosctl and its own disk show it."""

    def __init__(self) -> None:
        self._machine = the_machine()

    def get(self, kind: str) -> dict[str, t.Any]:
        """Resources of a kind by their id, each its spec."""
        answer = self._machine.ask("get", kind, "--output", "json", talosconfig=TALOSCONFIG)
        assert answer.returncode == 0, answer.stderr
        text, found = answer.stdout.lstrip(), {}
        while text:
            item, end = json.JSONDecoder().raw_decode(text)
            found[item["metadata"]["id"]] = item["spec"]
            text = text[end:].lstrip()
        return found

    def is_bare(self) -> bool:
        """Whether there is neither a configuration nor data of etcd on its disk."""
        return not self._machine.configuration() and not self._machine.etcd_files()
