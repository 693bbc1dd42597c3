# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clusters that can stand under an appliance of the tests, driven alike: brought up, cut off from power, taken down.

They are built from the same programs and images. A test reads of them what `environment` gives, so that it runs on either.
"""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import host, lifecycle, programs, report
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings
from ansible_collections.alga.appliance.tests.appliance.talos_machine import site
from ansible_collections.alga.appliance.tests.appliance.talos_machine.machine import Machine
from ansible_collections.alga.appliance.tests.appliance.talos_machine.place import Place

_ROOT = Path(__file__).resolve().parents[2]
# It makes a cluster of a bare machine with the collection's own roles.
_CLUSTER = _ROOT / "molecule/talos/converge.yml"
# Where the provisioner of Talos' configuration keeps the volumes.
_VOLUMES = "/var/mnt/alga-data/local-path-provisioner"


class Ground(t.Protocol):
    """One cluster of a single node."""

    def up(self) -> None:
        """Bring it up, from whatever state it is in, until its node is Ready.

        Raises:
            NodeError: it does not come up; says why.
        """

    def environment(self) -> Mapping[str, str]:
        """What uses it finds here: the paths of KUBECONFIG, KUBECTL, HELM3, HELM4, AGE and AGE_KEYGEN; and of the node

        ALGA_NODE_ADDRESS, where ports of the node and of its Services answer; ALGA_NODE_STORAGE, where this host sees the
        volumes; ALGA_NODE_REGISTRY, its registry mirror as HOST:PORT; ALGA_NODE_CGROUP, in which all of it runs.
        """

    def cut_power(self) -> None:
        """End all of it at once; what it wrote stays, and `up` starts it again."""

    def down(self) -> None:
        """Leave no trace of it."""


class Node:
    """The parts of Kubernetes, started by `node`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def up(self) -> None:
        """Bring it up."""
        lifecycle.up(self._settings)

    def environment(self) -> Mapping[str, str]:
        """What uses it finds here."""
        return report.environment(self._settings)

    def cut_power(self) -> None:
        """End all of it at once."""
        host.kill(self._settings)

    def down(self) -> None:
        """Leave no trace of it."""
        lifecycle.down(self._settings)


class TalosMachine:
    """A real Talos machine in a container, brought up by the collection."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._machine = Machine(place)

    def up(self) -> None:
        """Bring it up."""
        built = programs.build(programs.NODE)
        self._machine.switch_on()
        folder = self._folder
        folder.mkdir(mode=0o700, exist_ok=True)
        how = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        chart = {"alga_chart": str(_ROOT / "tests/appliance/chart/sebastian"), "alga_helm": str(built / "helm3")}
        variables = {**how, **chart, **site.variables(self._place, folder)}
        inventory = folder / "inventory.json"
        inventory.write_text(json.dumps({"appliances": {"hosts": {"appliance": variables}}}))
        environment = {**os.environ, "PATH": f"{built}:{os.environ['PATH']}"}
        ended = subprocess.run(
            ["ansible-playbook", "-i", inventory, _CLUSTER], env=environment, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise NodeError(f"{self._place.name} did not become a cluster:\n{ended.stdout}{ended.stderr}")

    def environment(self) -> Mapping[str, str]:
        """What uses it finds here."""
        return {
            **report.programs_built(),
            "KUBECONFIG": str(self._folder / "kubeconfig"),
            "ALGA_NODE_ADDRESS": self._place.address,
            "ALGA_NODE_STORAGE": str(self._machine.path(_VOLUMES)),
            "ALGA_NODE_REGISTRY": self._place.registry,
            "ALGA_NODE_CGROUP": self._place.name,
        }

    def cut_power(self) -> None:
        """End all of it at once."""
        self._machine.cut_power()

    def down(self) -> None:
        """Leave no trace of it."""
        self._machine.remove()

    @property
    def _folder(self) -> Path:
        """What opens the machine and the cluster."""
        return self._place.folder / "operator"
