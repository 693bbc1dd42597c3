# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An appliance's life on PostgreSQL 15, which the application ships; everywhere else the tests run on 17."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.scram import matches
from ansible_collections.alga.appliance.plugins.module_utils._core.names import ROLE_KEYS
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios import image_variants
from ansible_collections.alga.appliance.tests.scenarios.appliance import CLAIM, NAMESPACE, ROWS, Appliance, empty_place
from ansible_collections.alga.appliance.tests.scenarios.image_variants import POSTGRESQL_15, POSTGRESQL_17

# As latest does in the world, it means what was pushed last.
MOVING = "docker.io/ankane/pgvector:moving"
ADDRESS = os.environ["ALGA_NODE_ADDRESS"]
Told = tuple[str, str, str]


@pytest.fixture(scope="module")
def fifteen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """An appliance that fresh.yml made on PostgreSQL 15."""
    values = {"db": {"image": image_variants.offer(POSTGRESQL_15, MOVING)}}
    with empty_place(tmp_path_factory.mktemp("fifteen"), {"alga_values": values}) as made:
        outcome = made.playbook("fresh")
        assert outcome.code == 0, outcome.output
        yield made


def told(appliance: Appliance) -> Told:
    """What no playbook here may change: the roles with their verifiers, the rows, the identity of the data."""
    return appliance.roles(), appliance.rows(), appliance.identifier()


def test_fresh_makes_the_same_appliance_on_15(fifteen: Appliance) -> None:
    assert fifteen.sql("SELECT current_setting('server_version_num')::int / 10000") == "15"
    assert fifteen.sql("SELECT extname FROM pg_extension WHERE extname = 'vector'") == "vector"
    assert fifteen.sql("SELECT nspname FROM pg_namespace WHERE nspname = 'pgboss'") == "pgboss"
    assert fifteen.rows() == ROWS
    assert "server_building" not in fifteen.databases()
    ledger = fifteen.sql("SELECT mode, seed_set, outcome, system_identifier FROM alga_appliance.runs")
    assert ledger == f"fresh|dev|complete|{fifteen.identifier()}"
    with urllib.request.urlopen(f"http://{ADDRESS}:3000/counts", timeout=10) as answer:
        assert "|".join(str(count) for count in json.load(answer).values()) == ROWS


def test_recover_right_after_changes_nothing_u5(fifteen: Appliance) -> None:
    before = fifteen.objects(), told(fifteen)
    outcome = fifteen.playbook("recover")
    assert (outcome.code, outcome.changed) == (0, 0), outcome.output
    assert (fifteen.objects(), told(fifteen)) == before


def test_it_comes_back_from_a_restart_of_everything(fifteen: Appliance) -> None:
    before = told(fifteen)
    fifteen.kubectl("delete", "pods", "--all", "--grace-period=1")
    outcome = fifteen.playbook("recover")
    assert (outcome.code, outcome.changed) == (0, 0), outcome.output
    assert told(fifteen) == before
    status = fifteen.playbook("status")
    assert (status.code, status.changed) == (0, 0) and "Nothing needs to be done" in status.output, status.output


def test_drift_is_named_and_a_rotation_gives_every_role_another_password(fifteen: Appliance) -> None:
    report = fifteen.module("alga_appliance_info")
    methods = {
        (row["verifier"], row["verifier_match"], row["login_method"]) for row in report["evidence"]["credentials"]["roles"]
    }
    assert not report["drift"] and methods == {("scram", "match", "scram-sha-256")}, report

    stored = fifteen.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'app_user'", "postgres")
    fifteen.sql("ALTER ROLE app_user PASSWORD 'somebody was here'", "postgres")
    report = fifteen.module("alga_appliance_info")
    assert [row["role"] for row in report["evidence"]["credentials"]["roles"] if row["verdict"] == "drift"] == ["app_user"], (
        report
    )
    fifteen.sql(f"ALTER ROLE app_user PASSWORD '{stored}'", "postgres")

    before = fifteen.secret()
    outcome = fifteen.playbook("rotate_credentials", alga_chart=None, alga_confirm=f"{NAMESPACE}/db-credentials")
    assert outcome.code == 0, outcome.output
    after, rows = fifteen.secret(), fifteen.sql("SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin", "postgres")
    verifiers = dict(row.split("|") for row in rows.splitlines())
    for role, key in ROLE_KEYS.items():
        assert before[key] != after[key] and matches(after[key].encode(), verifiers[role], role=role)
    # helm's own record still has the old passwords, and is brought up to date once.
    assert fifteen.playbook("recover").code == 0


def test_another_major_version_is_not_put_over_the_data_f45(fifteen: Appliance) -> None:
    before = fifteen.objects(), told(fifteen)
    outcome = fifteen.playbook("recover", alga_values={"db": {"image": POSTGRESQL_17}})
    assert outcome.failed == 1, outcome.output
    assert f"data of PostgreSQL 15, but image {POSTGRESQL_17} has PostgreSQL 17" in outcome.message, outcome.message
    assert (fifteen.objects(), told(fifteen)) == before


def test_a_tag_that_moved_to_another_major_version_is_named_and_the_way_back_works_f45(fifteen: Appliance) -> None:
    before = told(fifteen)
    image_variants.offer(POSTGRESQL_17, MOVING)
    fifteen.kubectl("delete", "pod", "db-0")

    def refused() -> str | None:
        log = fifteen.kubectl("logs", "db-0", "-c", "db", "--ignore-errors")
        return None if "database files are incompatible with server" in log else log

    wait_for("PostgreSQL 17 to refuse the data of 15", refused, seconds=60)
    # No look may meet its container in one of the moments in which it is tried again.
    fifteen.kubectl("scale", "statefulset", "db", "--replicas=0")
    fifteen.kubectl("wait", "--for=delete", "pod/db-0", "--timeout=150s")
    for options in (("--check",), ()):
        outcome = fifteen.playbook("recover", *options)
        assert outcome.failed == 1, outcome.output
        assert CLAIM in outcome.message and "data of PostgreSQL 15" in outcome.message, outcome.message
        assert f"{MOVING} has PostgreSQL 17" in outcome.message and "Set db.image in alga_values" in outcome.message
    status = fifteen.playbook("status")
    assert status.code == 0 and "data of PostgreSQL 15" in status.output, status.output
    assert "Set db.image in alga_values" in status.output and "recover.yml" not in status.output, "the same way on as recover's"

    fixed = {"db": {"image": image_variants.offer(POSTGRESQL_15)}}
    outcome = fifteen.playbook("recover", alga_values=fixed)
    assert outcome.code == 0, outcome.output
    assert told(fifteen) == before
    again = fifteen.playbook("recover", alga_values=fixed)
    assert (again.code, again.changed) == (0, 0), again.output
