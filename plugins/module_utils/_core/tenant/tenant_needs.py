# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the application's own command for the first tenant needs beside the database (R33).

That program hands the work to a workflow: it connects to the Temporal that ``TEMPORAL_ADDRESS`` names, for ten minutes, and then
waits for a worker that takes the workflow up (contract, B1 at HEAD). The chart gives that variable to the application, and the
Job has the application's environment. Of another program nothing is known, and nothing is looked for.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .. import names

ADDRESS = "TEMPORAL_ADDRESS"
# What the program takes where the variable is empty (appliance-create-tenant.mjs at HEAD).
_OTHERWISE = "temporal-frontend.msp.svc.cluster.local:7233"
# The release whose workload takes the workflow up; its chart gives the same name to its Deployment (contract, Helm releases).
WORKER = "temporal-worker"
INSTALL = (
    f"Install the releases temporal and {WORKER}, or correct {ADDRESS} in alga_values or alga_bootstrap_env, then run "
    f"recover.yml. If no tenant should be created, delete Secret {names.INITIAL_TENANT_SECRET}."
)


@dataclass(frozen=True)
class Temporal:
    """The Temporal that a command is going to ask.

    :param address: as the command has it.
    :param service: its Service in the appliance's namespace; empty where the address leads elsewhere, and nothing is known there.
    """

    address: str
    service: str


def temporal(command: t.Sequence[str], environment: t.Mapping[str, str], namespace: str) -> Temporal | None:
    """The Temporal that a command needs; None where it is not known to need one.

    :param environment: what the command gets, as far as it is known by its values.
    """
    if names.INITIAL_TENANT_COMMAND[-1] not in command or ADDRESS not in environment:
        return None
    address = environment[ADDRESS].strip() or _OTHERWISE
    host = address.rpartition("://")[2].partition(":")[0].rstrip(".")
    service, *domain = host.split(".")
    # A Service's name is short, with its namespace, or whole; the cluster's own domain is nobody's business (R14).
    inside = not domain or domain == [namespace] or domain[:2] == [namespace, "svc"]
    return Temporal(address, service if inside else "")
