# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every EXAMPLE of the documentation as it is printed, alone in a play of its own, on an appliance that is complete.

The EXAMPLES of Talos need a machine (tests/talos).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.documented import MODULES, Counts, Played, examples, play
from ansible_collections.alga.appliance.tests.scenarios import served_tls
from ansible_collections.alga.appliance.tests.scenarios.appliance import CHART, Appliance, empty_place
from ansible_collections.alga.appliance.tests.unit.authority import authority

EXAMPLES = {file.stem: examples(file) for file in set(MODULES.glob("*.py")) - set(MODULES.glob("alga_talos_*.py"))}
# What the others find is not to be changed by these, which are played last and in this order.
CHANGING = ["alga_escrow", "alga_credential_rotation"]
# Has something to do only on an appliance that has lost its Secret.
RESCUE = "alga_credential_repair"
ORDER = [*sorted(EXAMPLES.keys() - {*CHANGING, RESCUE}), *CHANGING]
# How many tasks of a module's EXAMPLES change something beside a complete appliance or in it; of all others none does.
CHANGES = {"alga_lease": 2, "alga_support_bundle": 1, **dict.fromkeys(CHANGING, 1)}


class Place:
    """Where the EXAMPLES find what they name."""

    def __init__(self, appliance: Appliance, folder: Path) -> None:
        self.appliance, self.folder = appliance, folder
        (folder / "vault-password").write_text("of this test alone")
        vault = {"file": str(folder / "workshop.vault"), "vault_password_file": str(folder / "vault-password")}
        assert appliance.module("alga_escrow", **vault)["changed"]
        address = appliance.kubectl("get", "pod", "db-0", "-o", "jsonpath={.status.podIP}")
        issuer = authority(folder, "database-ca")
        served_tls.serve(appliance, issuer.issue(address))
        self.variables = {"vault_superuser_password": appliance.secret()["DB_PASSWORD_SUPERUSER"]}
        self.literals = {
            "/etc/appliance/kubeconfig": appliance.kubeconfig,
            "/srv/charts/sebastian": str(CHART),
            "/srv/charts/pgbouncer": str(CHART.with_name("pgbouncer")),
            "/var/backups/workshop.age": str(folder / "workshop.age"),
            "/var/backups/workshop.vault": str(folder / "workshop.vault"),
            "/etc/appliance/vault-password": str(folder / "vault-password"),
            "/etc/appliance/database-ca.pem": str(issuer.file),
            "/root/appliance-support.tar.gz": str(folder / "appliance-support.tar.gz"),
            "db.example.com": address,
        }

    def play(self, modules: list[str], *options: str) -> Played:
        """Play the EXAMPLES of these modules."""
        programs = {"helm": Path(os.environ["HELM3"]), "age": Path(os.environ["AGE"])}
        return play(modules, *options, folder=self.folder, programs=programs, literals=self.literals, variables=self.variables)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An appliance of the defaults, which the EXAMPLES rely on: for production, and without a tenant."""
    with empty_place(tmp_path_factory.mktemp("production"), {"alga_environment": None, "alga_seed_set": None}) as made:
        outcome = made.playbook("fresh")
        assert outcome.code == 0, outcome.output
        yield Place(made, tmp_path_factory.mktemp("examples"))


def test_what_is_replaced_is_what_the_printed_text_has_of_its_reader(place: Place) -> None:
    text = json.dumps(EXAMPLES)
    assert [literal for literal in place.literals if literal not in text] == []
    assert set(re.findall(r"(?<![\w.:/])/[\w./-]+|\w+\.example\.\w+", text)) == set(place.literals)


def test_in_check_mode_no_example_changes_anything(place: Place) -> None:
    before = place.appliance.objects(), place.appliance.roles()
    counts, output = place.play([*ORDER, RESCUE], "--check")
    assert {module: (each.ran + each.skipped, each.failed) for module, each in counts.items()} == {
        module: (len(tasks), 0) for module, tasks in EXAMPLES.items()
    }, output
    assert (place.appliance.objects(), place.appliance.roles()) == before


def test_each_example_runs_alone(place: Place) -> None:
    counts, output = place.play(ORDER)
    assert counts == {module: Counts(len(EXAMPLES[module]), CHANGES.get(module, 0), 0, 0) for module in ORDER}, output


def test_the_example_of_a_rescue_brings_a_lost_secret_back(place: Place) -> None:
    place.appliance.kubectl("delete", "secret", "db-credentials")
    counts, output = place.play([RESCUE])
    assert counts == {RESCUE: Counts(1, 1, 0, 0)}, output
    assert place.appliance.module("alga_pg_state")["state"] == "migrated"
