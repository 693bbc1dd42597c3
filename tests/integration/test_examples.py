# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every EXAMPLE of the documentation as it is printed, alone: in a play of its own, on an appliance that is complete.

Each module has a host of its own, so that a task finds only what tasks of the same EXAMPLES registered before it. The EXAMPLES of
Talos need a machine (tests/talos).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from appliance import CHART, ROOT, Appliance, empty_place
from documented import MODULES, examples

RECAP = re.compile(r"^(alga_\w+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)\s+skipped=(\d+)", re.MULTILINE)
EXAMPLES = {file.stem: examples([file]) for file in set(MODULES.glob("*.py")) - set(MODULES.glob("alga_talos_*.py"))}
# What the others find is not to be changed by these, which are played last and in this order.
CHANGING = ["alga_escrow", "alga_credential_rotation"]
# Has something to do only on an appliance that has lost its Secret.
RESCUE = "alga_credential_repair"
ORDER = [*sorted(EXAMPLES.keys() - {*CHANGING, RESCUE}), *CHANGING]
# How many tasks of a module's EXAMPLES change something on a complete appliance; of all others none does.
CHANGES = {"alga_lease": 2, **dict.fromkeys(CHANGING, 1)}


class Counts(t.NamedTuple):
    """What the tasks of one module came to."""

    ran: int
    changed: int
    failed: int
    skipped: int


class Place:
    """Where the EXAMPLES find what they name: files beside the playbook, programs on the PATH, an inventory."""

    def __init__(self, appliance: Appliance, folder: Path) -> None:
        self.appliance, self.folder = appliance, folder
        for script in ("bootstrap/files/run.cjs", "application/files/gate.cjs"):
            (folder / Path(script).name).write_text((ROOT / "roles" / script).read_text())
        (folder / "helm").symlink_to(os.environ["HELM3"])
        self.environment = {**os.environ, "PATH": f"{folder}:{Path(os.environ['AGE']).parent}:{os.environ['PATH']}"}
        self.password = appliance.secret()["DB_PASSWORD_SUPERUSER"]
        # What is the reader's own in the printed text, and is replaced in it.
        self.literals = {
            "/etc/appliance/kubeconfig": appliance.kubeconfig,
            "/srv/charts/sebastian": str(CHART),
            "/var/backups/workshop.age": str(folder / "workshop.age"),
            "db.example.com": appliance.kubectl("get", "pod", "db-0", "-o", "jsonpath={.status.podIP}"),
        }

    def play(self, modules: list[str], *options: str) -> tuple[dict[str, Counts], str]:
        """Play each EXAMPLE of these modules in a play of its own; what each module's came to, and the output."""
        text = json.dumps(
            [
                {"name": f"{module}: {task['name']}", "hosts": module, "gather_facts": False, "tasks": [task]}
                for module in modules
                for task in EXAMPLES[module]
            ]
        )
        for literal, here in self.literals.items():
            text = text.replace(literal, here)
        (self.folder / "examples.yml").write_text(text)
        host = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        # The one variable that an EXAMPLE has from its reader.
        host["vault_superuser_password"] = self.password
        (self.folder / "inventory.json").write_text(
            json.dumps({"examples": {"hosts": {module: {} for module in modules}, "vars": host}})
        )
        command = ["ansible-playbook", "-i", str(self.folder / "inventory.json"), str(self.folder / "examples.yml"), *options]
        ended = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=300)
        found = {
            module: Counts(int(ran), int(changed), int(failed) + int(away), int(skipped))
            for module, ran, changed, away, failed, skipped in RECAP.findall(ended.stdout)
        }
        return found, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """An appliance of the defaults that the EXAMPLES rely on: for production, without a tenant."""
    with empty_place(tmp_path_factory.mktemp("production"), {"alga_environment": None, "alga_seed_set": None}) as made:
        outcome = made.playbook("fresh")
        assert outcome.code == 0, outcome.output
        yield made


@pytest.fixture(scope="module")
def place(complete: Appliance, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(complete, tmp_path_factory.mktemp("examples"))


def test_what_is_replaced_is_in_the_printed_text(place: Place) -> None:
    text = json.dumps(EXAMPLES)
    assert [literal for literal in place.literals if literal not in text] == []
    assert set(re.findall(r"(?<![\w.:])/(?:etc|srv|var|root|home)/[\w./-]+", text)) <= set(place.literals)


def test_in_check_mode_no_example_changes_anything(place: Place) -> None:
    before = place.appliance.objects(), place.appliance.roles()
    found, output = place.play([*ORDER, RESCUE], "--check")
    assert {module: counts for module, counts in found.items() if counts.failed} == {}, output
    assert {module: counts.ran + counts.skipped for module, counts in found.items()} == {
        module: len(tasks) for module, tasks in EXAMPLES.items()
    }, output
    assert (place.appliance.objects(), place.appliance.roles()) == before


@pytest.fixture(scope="module")
def played(place: Place) -> tuple[dict[str, Counts], str]:
    """One run with a play for each EXAMPLE."""
    return place.play(ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_each_example_runs_alone(played: tuple[dict[str, Counts], str], module: str) -> None:
    found, output = played
    assert found.get(module) == Counts(len(EXAMPLES[module]), CHANGES.get(module, 0), 0, 0), output


def test_the_example_of_a_rescue_brings_a_lost_secret_back(place: Place, played: tuple[dict[str, Counts], str]) -> None:
    place.appliance.kubectl("delete", "secret", "db-credentials")
    found, output = place.play([RESCUE])
    assert found == {RESCUE: Counts(1, 1, 0, 0)}, output
