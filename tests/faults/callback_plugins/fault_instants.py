# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells the fault matrix which task begins, and begins it only when the fault matrix has answered.

Ansible calls this in its main process before it hands the task to a worker, so a fault that strikes before the answer
strikes exactly at the boundary between two tasks.
"""

from __future__ import annotations

import json
import socket
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: fault_instants
type: aggregate
short_description: Hold a play at the start of every task until the fault matrix lets it go on
description:
  - Sends the name of every task that begins over a Unix socket and waits for one byte in return.
options:
  socket:
    description: Path of the Unix socket on which the fault matrix listens.
    type: path
    required: true
    env:
      - name: ALGA_FAULTS_SOCKET
"""


class CallbackModule(CallbackBase):
    """One connection for the whole play."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "fault_instants"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(self.get_option("socket"))  # type: ignore[no-untyped-call]  # Ansible declares no types for it

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        self._tell(task.get_name())

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._tell("the end of the playbook")

    def _tell(self, name: str) -> None:
        self._connection.sendall(json.dumps(name).encode() + b"\n")
        self._connection.recv(1)
