# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data without its claim, its volume or its Secret is found, named and never replaced; the way on that is named works."""

from __future__ import annotations

import json
import typing as t

import pytest
from appliance import CLAIM, NAMESPACE, ROWS, Appliance
from node import processes
from node.commands import wait_for

CONFIRMED = {"alga_confirm": f"{NAMESPACE}/{CLAIM}"}
CLAIMS = (CLAIM, "alga-core-sebastian-redis-data", "alga-core-sebastian-storage")


def volumes(appliance: Appliance) -> dict[str, dict[str, t.Any]]:
    """The appliance's volumes by claim."""
    items = json.loads(appliance.kubectl("get", "persistentvolumes", "-o", "json"))["items"]
    return {
        item["spec"]["claimRef"]["name"]: item for item in items if item["spec"].get("claimRef", {}).get("namespace") == "msp"
    }


def rebind(appliance: Appliance) -> None:
    """What the refusal tells the operator to do: plan, confirmed run, and a second one that finds nothing to do."""
    before = appliance.objects(), volumes(appliance)
    planned = appliance.playbook("rebind_volumes", "--check", "--diff")
    assert (planned.code, planned.changed) == (0, 1), planned.output
    unconfirmed = appliance.playbook("rebind_volumes")
    assert unconfirmed.failed == 1 and CONFIRMED["alga_confirm"] in unconfirmed.message, unconfirmed.output
    assert (appliance.objects(), volumes(appliance)) == before
    done = appliance.playbook("rebind_volumes", **CONFIRMED)
    assert (done.code, done.changed) == (0, 1), done.output
    bound = volumes(appliance)
    assert {item["status"]["phase"] for item in bound.values()} == {"Bound"} and set(bound) == set(CLAIMS)
    again = appliance.playbook("rebind_volumes")
    assert (again.code, again.changed) == (0, 0), again.output


def killed_in_between(appliance: Appliance) -> None:
    """The first volume is made, and the controller is gone before its claim is."""
    process = appliance.start("rebind_volumes", **CONFIRMED)
    wait_for("the first volume", lambda: None if volumes(appliance) else "none", seconds=60, interval=0.02)
    processes.kill(processes.family(process.pid))
    process.wait()
    appliance.kubectl("delete", "persistentvolumeclaims", "--all")


def refuse_everywhere(appliance: Appliance, *named: str) -> None:
    """Both modes refuse, in check mode too, name what they found and make nothing."""
    before = appliance.objects()
    for mode in ("recover", "fresh"):
        for options in (("--check",), ()):
            outcome = appliance.playbook(mode, *options)
            assert outcome.failed == 1, (mode, options)
            assert [name for name in named if name not in outcome.message] == [], outcome.message
    assert appliance.objects() == before


@pytest.fixture
def lost(fresh: Appliance) -> Appliance:
    """An appliance whose release and claims are gone; its volumes are Released."""
    fresh.helm("uninstall", "alga-core", "--wait")
    # The chart keeps its Redis through an uninstall.
    fresh.kubectl("delete", "statefulset", "--all", "--cascade=foreground")
    fresh.kubectl("delete", "persistentvolumeclaim", *CLAIMS, "--timeout=60s")
    assert {item["status"]["phase"] for item in volumes(fresh).values()} == {"Released"}
    return fresh


def test_released_volumes_are_named_and_bound_again_f36(lost: Appliance) -> None:
    released = volumes(lost)
    refuse_everywhere(lost, CLAIM, *(item["metadata"]["name"] for item in released.values()))
    secret = lost.secret()

    lost.kubectl("delete", "secret", "db-credentials")
    refuse_everywhere(lost, released[CLAIM]["metadata"]["name"])
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db-credentials"}, "stringData": secret}
    lost.kubectl("create", "-f", "-", stdin=json.dumps(body))

    rebind(lost)
    assert {name: item["metadata"]["name"] for name, item in volumes(lost).items()} == {
        name: item["metadata"]["name"] for name, item in released.items()
    }
    outcome = lost.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert lost.rows() == ROWS
    assert lost.secret() == secret


def test_directories_alone_are_named_and_nothing_is_generated_u1(lost: Appliance) -> None:
    secret, objects = lost.secret(), volumes(lost)
    lost.kubectl("delete", "persistentvolume", *(item["metadata"]["name"] for item in objects.values()))
    lost.kubectl("delete", "secret", "db-credentials")
    directories = [str(directory) for directory in lost.directories()]
    assert len(directories) == len(CLAIMS)
    refuse_everywhere(lost, *directories)
    assert "db-credentials" not in lost.kubectl("get", "secrets", "-o", "name")
    status = lost.playbook("status")
    assert status.code == 0, status.output
    assert "Restore Secret msp/db-credentials" in status.output

    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db-credentials"}, "stringData": secret}
    lost.kubectl("create", "-f", "-", stdin=json.dumps(body))
    killed_in_between(lost)
    rebind(lost)
    assert {item["spec"]["hostPath"]["path"] for item in volumes(lost).values()} == set(directories)
    outcome = lost.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert lost.rows() == ROWS


def test_postgresql_is_not_started_on_a_complete_appliance_s_volume_that_holds_nothing_r3(fresh: Appliance) -> None:
    directory = next(path for path in fresh.directories() if path.name.endswith(CLAIM))
    fresh.kubectl("delete", "statefulset", "db", "--cascade=foreground", "--wait")
    aside = (directory / "data").rename(directory.with_name("aside"))
    refuse_everywhere(fresh, CLAIM, "holds no data directory")
    status = fresh.playbook("status")
    assert status.code == 0 and "holds no data directory" in status.output, status.output
    assert list(directory.iterdir()) == [], "nobody has made a new cluster there"

    aside.rename(directory / "data")
    outcome = fresh.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert fresh.rows() == ROWS


def test_a_data_directory_that_was_begun_and_not_finished_is_named_f35(lost: Appliance) -> None:
    directory = next(path for path in lost.directories() if path.name.endswith(CLAIM))
    (directory / "data/global/pg_control").unlink()
    lost.kubectl("delete", "persistentvolume", *(item["metadata"]["name"] for item in volumes(lost).values()))
    refuse_everywhere(lost, str(directory), "global/pg_control")
